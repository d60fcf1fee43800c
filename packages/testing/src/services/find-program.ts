import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A server program and the environment it needs beside the usual one. */
export interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds a server program: on PATH, in the system's sbin folders and those of PostgreSQL, or unpacked below `<servicesDir>/root`, where its
 * libraries are beside it. Undefined when it is nowhere.
 */
export function findProgram(name: string, servicesDir: string | undefined): Program | undefined {
  const path = (process.env.PATH ?? "").split(delimiter);
  const folders = [...path, "/usr/local/sbin", "/usr/sbin", ...postgresFolders("/")];
  for (const folder of folders) {
    if (folder !== "" && isExecutable(join(folder, name))) return { path: join(folder, name), env: {} };
  }
  if (servicesDir === undefined) return undefined;
  const root = join(servicesDir, "root");
  for (const folder of [join(root, "usr/bin"), join(root, "usr/sbin"), ...postgresFolders(root)]) {
    const path = join(folder, name);
    if (isExecutable(path)) return { path, env: { LD_LIBRARY_PATH: libraryFolders(root).join(delimiter) } };
  }
  return undefined;
}

/** Debian keeps the programs of each version of PostgreSQL in a folder of their own; the newest first. */
function postgresFolders(root: string): string[] {
  const base = join(root, "usr/lib/postgresql");
  if (!existsSync(base)) return [];
  const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(base, version, "bin"));
}

function libraryFolders(root: string): string[] {
  const found: string[] = [];
  for (const folder of [join(root, "lib"), join(root, "usr/lib")]) {
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder)) if (entry.includes("linux-gnu")) found.push(join(folder, entry));
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
