// `npm run generate`: writes the TypeScript code of every proto file. A folder with a buf.gen.yaml is generated into its
// own gen/ folder. Needs no network: buf, its plugin and all proto files are here.

import { existsSync, globSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { writeConfigDocs } from "./generate/config-docs.ts";
import { writePluginDocs } from "./generate/plugin-docs.ts";
import { root } from "./lib/root.ts";
import { runCommand } from "./lib/run-command.ts";
import { syncFolder } from "./lib/sync-folder.ts";

const places = "{packages/*,packages/*/template,plugins/*,examples,demo,chaos}";
const folders = globSync(`${places}/buf.gen.yaml`, { cwd: root }).map(dirname).sort();
const results = await Promise.all(folders.map(generate));
for (const { folder, problem, changed } of results) {
  for (const file of changed) console.log(`${folder}/gen/${file}`);
  if (problem) console.error(`${folder}: ${problem}`);
}
if (results.some(({ problem }) => problem)) process.exitCode = 1;
else {
  for (const file of [...(await writePluginDocs()), ...(await writeConfigDocs())]) console.log(file);
  console.log(`Generated code of ${folders.join(", ")}, and the pages of config and plugins, are up to date.`);
}

/** The demo has a buf config of its own, in the root: it declares services that the examples declare too. */
async function runBuf(folder: string, staging: string) {
  const output = ["generate", "--output", staging];
  if (folder.endsWith("/template")) {
    return runCommand("buf", output, { cwd: await asProject(folder, join(staging, "project")) });
  }
  const own = `buf.${folder}.yaml`;
  if (!existsSync(join(root, own))) return runCommand("buf", output, { cwd: join(root, folder) });
  return runCommand("buf", [...output, "--config", own, "--template", join(folder, "buf.gen.yaml")], { cwd: root });
}

/** Copies of a template what generates its code, with the protos of the runtime where its later owner's npm installs them. */
async function asProject(template: string, project: string): Promise<string> {
  for (const part of ["buf.yaml", "buf.gen.yaml", "proto"]) {
    await cp(join(root, template, part), join(project, part), { recursive: true });
  }
  await cp(join(root, "proto"), join(project, "node_modules/m3game/proto"), { recursive: true });
  return project;
}

/** Generates beside and copies what differs: who runs meanwhile never sees a file missing. */
async function generate(folder: string): Promise<{ folder: string; problem: string; changed: readonly string[] }> {
  const staging = await mkdtemp(join(tmpdir(), "m3game-generate-"));
  try {
    const result = await runBuf(folder, staging);
    if (!result.ok) return { folder, problem: result.output, changed: [] };
    return { folder, problem: "", changed: await syncFolder(join(staging, "gen"), join(root, folder, "gen")) };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
