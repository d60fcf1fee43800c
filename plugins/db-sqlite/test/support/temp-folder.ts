import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** The path of a file in a folder that is removed after the tests of the file. */
export function tempFiles(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "m3-db-sqlite-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  return (name) => join(folder, name);
}
