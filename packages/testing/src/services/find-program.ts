import { accessSync, constants, existsSync, globSync, readdirSync } from "node:fs";
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
  const installed = findOnPath(name, ["/usr/local/sbin", "/usr/sbin", ...postgresFolders("/")]);
  if (installed !== undefined) return { path: installed, env: {} };
  if (servicesDir === undefined) return undefined;
  const root = join(servicesDir, "root");
  for (const folder of [join(root, "usr/bin"), join(root, "usr/sbin"), ...postgresFolders(root)]) {
    const path = join(folder, name);
    if (isExecutable(path)) return { path, env: libraryPath(root) };
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

/** Where a program is on PATH or in one of these folders. */
export function findOnPath(name: string, moreFolders: readonly string[] = []): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...moreFolders];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** The environment in which an unpacked program finds its libraries. */
export function libraryPath(root: string): Program["env"] {
  const folders = globSync(["lib/*linux-gnu*", "usr/lib/*linux-gnu*", "usr/lib/*linux-gnu*/*"], { cwd: root });
  const withLibraries = folders.filter((folder) => globSync("*.so*", { cwd: join(root, folder) }).length > 0);
  return { LD_LIBRARY_PATH: withLibraries.map((folder) => join(root, folder)).join(delimiter) };
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
