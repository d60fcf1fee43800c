import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const modules = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** A folder that is removed with the test and from which the packages of this checkout can be imported. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await symlink(modules, join(folder, "node_modules"));
  return folder;
}
