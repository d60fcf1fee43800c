import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { readFiles } from "./read-files.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "m3game-files-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});

async function textOf(name: string): Promise<string | Error | undefined> {
  const { texts } = await readFiles([join(folder, name)]);
  return texts.get(join(folder, name));
}

test("reads UTF-8, a byte order mark left aside", async () => {
  await writeFile(join(folder, "a"), "\ufeff頭銜");
  expect(await textOf("a")).toBe("頭銜");
});

test("says why there is no text", async () => {
  expect(await textOf("a")).toMatchObject({ message: expect.stringMatching(/^there is no such file; check CfgPath/) });
  await mkdir(join(folder, "b"));
  expect(await textOf("b")).toMatchObject({ message: "is a folder, not a file" });
  await writeFile(join(folder, "c"), Buffer.from([0xc0, 0x80]));
  expect(await textOf("c")).toMatchObject({ message: "is not UTF-8 text; save it as UTF-8" });
});

test("the fingerprint is that of what the files hold", async () => {
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  const seen = new Set<string>();
  const look = async () => {
    const { fingerprint } = await readFiles([a, b]);
    const isNew = !seen.has(fingerprint);
    seen.add(fingerprint);
    return isNew;
  };
  expect(await look()).toBe(true);
  await writeFile(a, "1");
  await writeFile(b, "23");
  expect(await look()).toBe(true);
  await writeFile(a, "1");
  expect(await look()).toBe(false);
  await writeFile(a, "12");
  await writeFile(b, "3");
  expect(await look()).toBe(true);
  await rm(b);
  expect(await look()).toBe(true);
});
