import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path/posix";
import { readManifest, type WorkspacePackage } from "../lib/workspace.ts";

/** One line per declared dependency of a package that nothing in it uses. */
export function unusedDependencies(
  root: string,
  packages: readonly WorkspacePackage[],
  owner: WorkspacePackage,
  imported: ReadonlySet<string>,
): readonly string[] {
  const { manifest, folder } = owner;
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies });
  const mentions = readMentions(root, folder);
  return declared
    .filter((name) => !imported.has(name) && !isUsedOtherwise(root, packages, declared, name, mentions))
    .map((name) => `${join(folder, "package.json")} declares ${name}, which nothing imports: remove it there`);
}

/** Used without an import: as a program, as types, as another dependency's peer, or as a plugin that a config names. */
function isUsedOtherwise(
  root: string,
  packages: readonly WorkspacePackage[],
  declared: readonly string[],
  name: string,
  mentions: string,
): boolean {
  if (name.startsWith("@types/")) return true;
  const plugins = packages.some((candidate) => candidate.name === name)
    ? [name.replace("@m3game/", "").replaceAll("-", "_")]
    : [];
  const words = [...plugins, ...programs(root, name)];
  if (words.some((word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(mentions))) return true;
  return declared.some((other) => name in { ...dependencyManifest(root, other)?.peerDependencies });
}

function programs(root: string, name: string): readonly string[] {
  const bin: unknown = dependencyManifest(root, name)?.bin;
  if (typeof bin === "string") return [name];
  return Object.keys(bin ?? {});
}

function dependencyManifest(root: string, name: string) {
  const file = join(root, "node_modules", name, "package.json");
  return existsSync(file) ? readManifest(file) : undefined;
}

/** All texts of a package in which a program or a plugin may be named. */
function readMentions(root: string, folder: string): string {
  const scripts = JSON.stringify(readManifest(join(root, folder, "package.json")).scripts ?? {});
  const patterns = folder === "" ? ["scripts/**/*.ts"] : ["**/*.toml", "buf*.yaml", "src/**/*.ts", "cluster.ts"];
  const generators = folder === "" ? globSync("{packages,plugins}/*/buf*.yaml", { cwd: root }) : [];
  const files = globSync(patterns, { cwd: join(root, folder), exclude: (path) => path.endsWith("node_modules") });
  return [scripts, ...[...generators, ...files].map((file) => readFileSync(join(root, folder, file), "utf8"))].join(
    "\n",
  );
}
