import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/**
 * Makes `target` hold the same files as `source`: writes those that differ, removes those that `source` does not have.
 * Resolves with the files that changed, relative to `target`.
 */
export async function syncFolder(source: string, target: string): Promise<readonly string[]> {
  const wanted = await listFiles(source);
  const changed: string[] = [];
  for (const file of wanted) {
    const content = await readFile(join(source, file));
    const present = await readFile(join(target, file)).catch(() => undefined);
    if (present?.equals(content)) continue;
    await mkdir(dirname(join(target, file)), { recursive: true });
    await writeFile(join(target, file), content);
    changed.push(file);
  }
  for (const file of await listFiles(target)) {
    if (wanted.includes(file)) continue;
    await rm(join(target, file), { force: true });
    changed.push(file);
  }
  return changed.sort();
}

/** All files below a folder, relative to it; none when it does not exist. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
