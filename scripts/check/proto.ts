import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path/posix";
import { root } from "../lib/root.ts";
import { runCommand } from "../lib/run-command.ts";
import type { StepResult } from "./step.ts";

/** The buf configs: that of a folder with protos of its own, and of the demo, which declares what the examples declare too. */
function protoConfigs(): readonly string[] {
  return globSync(["buf*.yaml", "{packages,plugins}/*/buf.yaml"], { cwd: root }).sort();
}

export async function checkProtoLint(): Promise<StepResult> {
  const results = await Promise.all(
    protoConfigs().map((config) =>
      runCommand("buf", ["lint", "--config", basename(config)], { cwd: join(root, dirname(config)) }),
    ),
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
  for (const config of protoConfigs()) {
    const folder = dirname(config);
    const known = await runCommand("git", ["cat-file", "-e", `${tag}:${config}`]);
    if (!known.ok) continue;
    const against = `${root}/.git#tag=${tag}${folder === "." ? "" : `,subdir=${folder}`}`;
    const args = ["breaking", "--config", basename(config), "--against", against, "--against-config", basename(config)];
    const result = await runCommand("buf", args, { cwd: join(root, folder) });
    ok &&= result.ok;
    output += result.output;
  }
  return { ok, output, note: `against ${tag}` };
}
