import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { syncFolder } from "./sync-folder.ts";

test("writes what differs, removes what is gone, leaves the rest alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m3game-sync-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const source = join(folder, "source");
  const target = join(folder, "target");
  await mkdir(join(source, "deep"), { recursive: true });
  await mkdir(target);
  await writeFile(join(source, "same"), "1");
  await writeFile(join(source, "deep/new"), "2");
  await writeFile(join(source, "changed"), "3");
  await writeFile(join(target, "same"), "1");
  await writeFile(join(target, "changed"), "old");
  await writeFile(join(target, "stale"), "4");
  const before = await stat(join(target, "same"), { bigint: true });

  expect(await syncFolder(source, target)).toEqual(["changed", "deep/new", "stale"]);

  expect(await readFile(join(target, "deep/new"), "utf8")).toBe("2");
  expect(await readFile(join(target, "changed"), "utf8")).toBe("3");
  await expect(stat(join(target, "stale"))).rejects.toThrow("ENOENT");
  expect((await stat(join(target, "same"), { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  expect(await syncFolder(source, target)).toEqual([]);
});
