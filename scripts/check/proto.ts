import { globSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { root } from "../lib/root.ts";
import { runCommand } from "../lib/run-command.ts";
import type { StepResult } from "./step.ts";

/** The folders with proto modules of their own: each has a buf.yaml. */
function protoFolders(): readonly string[] {
  return globSync(["buf.yaml", "{packages,plugins}/*/buf.yaml"], { cwd: root }).map(dirname).sort();
}

export async function checkProtoLint(): Promise<StepResult> {
  const results = await Promise.all(
    protoFolders().map((folder) => runCommand("buf", ["lint"], { cwd: join(root, folder) })),
  );
  return { ok: results.every(({ ok }) => ok), output: results.map(({ output }) => output).join("") };
}

/** Compares with the last tag before this commit: what was released must be readable for ever. */
export async function checkProtoBreaking(): Promise<StepResult> {
  const described = await runCommand("git", ["describe", "--tags", "--abbrev=0"]);
  if (!described.ok) return { ok: true, output: "", note: "skipped, there is no tag to compare with" };
  const tag = described.stdout.trim();
  let ok = true;
  let output = "";
  for (const folder of protoFolders()) {
    const known = await runCommand("git", ["cat-file", "-e", `${tag}:${join(folder, "buf.yaml")}`]);
    if (!known.ok) continue;
    const against = `${root}/.git#tag=${tag}${folder === "." ? "" : `,subdir=${folder}`}`;
    const result = await runCommand("buf", ["breaking", "--against", against], { cwd: join(root, folder) });
    ok &&= result.ok;
    output += result.output;
  }
  return { ok, output, note: `against ${tag}` };
}
