import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "../lib/root.ts";
import { type CommandResult, runCommand } from "../lib/run-command.ts";
import { readWorkspace } from "../lib/workspace.ts";
import { stagePackage } from "./stage-package.ts";

/** Builds and packs every package that is not private. Resolves with the paths of the tarballs, now in `target`. */
export async function packAll(target: string): Promise<readonly string[]> {
  const staging = await mkdtemp(join(tmpdir(), "m3game-pack-"));
  try {
    const built = join(staging, "built");
    expectOk(await runCommand("tsc", ["-p", "tsconfig.build.json", "--outDir", built]));
    const packages = readWorkspace(root).filter(({ folder, manifest }) => folder !== "" && manifest.private !== true);
    const staged = packages.map(({ folder }) => join(staging, "staged", folder));
    for (const [index, source] of packages.entries()) {
      await stagePackage({ root, built, source, target: staged[index] ?? "" });
    }
    const packed = join(staging, "packed");
    await mkdir(packed);
    const result = expectOk(await runCommand("npm", ["pack", "--json", "--pack-destination", packed, ...staged]));
    await cp(packed, target, { recursive: true });
    return readFileNames(result.stdout).map((name) => resolve(target, name));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function expectOk(result: CommandResult): CommandResult {
  if (!result.ok) throw new Error(`Packing failed:\n${result.output}`);
  return result;
}

function readFileNames(json: string): readonly string[] {
  const packed: readonly { readonly filename: string }[] = JSON.parse(json);
  return packed.map(({ filename }) => filename);
}
