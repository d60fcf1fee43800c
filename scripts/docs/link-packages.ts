import { copyFile, cp, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/root.ts";

/**
 * Gives a project the packages of the checkout, as `npm install` would those that are published: other than in the checkout, the
 * runtime has the proto files beside it.
 */
export async function linkPackages(project: string): Promise<void> {
  const [from, to] = [join(root, "node_modules"), join(project, "node_modules")];
  await mkdir(join(to, "m3game"), { recursive: true });
  // What else begins with a dot is kept there by tools, such as what Vite has made of packages: that is the project's own.
  const names = (await readdir(from)).filter((name) => name === ".bin" || !/^(m3game$|\.)/.test(name));
  for (const name of names) await symlink(join(from, name), join(to, name));
  for (const part of ["src", "gen"]) await symlink(join(from, "m3game", part), join(to, "m3game", part));
  await copyFile(join(from, "m3game/package.json"), join(to, "m3game/package.json"));
  await cp(join(root, "proto"), join(to, "m3game/proto"), { recursive: true });
}
