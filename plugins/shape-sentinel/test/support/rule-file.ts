import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A rule file in a folder that ends with the test. */
export async function createRuleFile(text: string) {
  const folder = await mkdtemp(join(tmpdir(), "m3game-shape-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "rules.toml");
  await writeFile(file, text);
  return { folder, file, write: (next: string) => writeFile(file, next) };
}
