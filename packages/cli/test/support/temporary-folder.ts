import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const modules = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** A folder that is removed at the end, with the test where nothing else is said, and from which the packages of this checkout can be imported. */
export async function temporaryFolder(atEnd: (end: () => Promise<void>) => void = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-cli-"));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  await symlink(modules, join(folder, "node_modules"));
  return folder;
}
