import { openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LineWriter } from "./line-writer.ts";

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-lines-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "lines");
}

test("a synchronous flush writes what waits at once and in order", async () => {
  const file = await temporaryFile();
  const writer = new LineWriter(openSync(file, "a"));
  writer.write("1\n");
  writer.write("2\n");
  writer.flushSync();
  expect(readFileSync(file, "utf8")).toBe("1\n2\n");
  writer.write("3\n");
  await writer[Symbol.asyncDispose]();
  expect(readFileSync(file, "utf8")).toBe("1\n2\n3\n");
});

test("lines that can't be written are lost, and nothing else happens", async () => {
  const file = await temporaryFile();
  writeFileSync(file, "");
  const writer = new LineWriter(openSync(file, "r"));
  writer.write("1\n");
  writer.flushSync();
  writer.write("2\n");
  await writer[Symbol.asyncDispose]();
  writer.write("3\n");
  expect(readFileSync(file, "utf8")).toBe("");
});
