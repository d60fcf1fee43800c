import { existsSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { WorkspacePackage } from "../lib/workspace.ts";
import { publishedManifest } from "./published-manifest.ts";

export interface StageOptions {
  readonly root: string;
  /** What tsc built, with the folders of the checkout. */
  readonly built: string;
  readonly source: WorkspacePackage;
  /** The folder to pack afterwards. */
  readonly target: string;
}

/** Lays a package out as it is published: JavaScript instead of TypeScript, generated code, protos, licence. */
export async function stagePackage({ root, built, source, target }: StageOptions): Promise<void> {
  const folder = join(root, source.folder);
  await mkdir(target, { recursive: true });
  await cp(join(built, source.folder, "src"), join(target, "dist"), { recursive: true });
  await copyPresent(join(folder, "gen"), join(target, "gen"));
  // The runtime publishes the protos of the whole checkout, other packages those of their own.
  await copyPresent(join(source.name === "m3game" ? root : folder, "proto"), join(target, "proto"));
  await copyPresent(join(folder, "template"), join(target, "template"));
  await cp(join(root, "LICENSE"), join(target, "LICENSE"));
  if (!existsSync(join(folder, "README.md")))
    throw new Error(`${source.folder} has no README.md, which npm shows: write one`);
  await cp(join(folder, "README.md"), join(target, "README.md"));
  await writeFile(join(target, "package.json"), `${JSON.stringify(publishedManifest(source.manifest), null, 2)}\n`);
}

async function copyPresent(from: string, to: string): Promise<void> {
  const filter = (path: string) => basename(path) !== "node_modules";
  if (existsSync(from)) await cp(from, to, { recursive: true, filter });
}
