import { join } from "node:path";
import { dbSqlite } from "@m3game/db-sqlite";
import { createPluginContext } from "@m3game/testing";
import { expect, test } from "vitest";
import { runM3 } from "./support/run-in-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const open = (file: string) =>
  dbSqlite.create({ File: file, Durability: "full" }, createPluginContext("test.world1.club.1"));
const fence = { epoch: 1n, counter: 7n };

test("a store is copied while it is in use, and restored once it is not", async () => {
  const folder = await temporaryFolder();
  const [store, copy] = [join(folder, "game.sqlite"), join(folder, "copy.sqlite")];
  await using db = await open(store);
  await db.raiseFence({ claim: "actor/Hero/1", fence });
  const backup = await runM3(["backup", store, "--to", copy]);
  expect(backup).toMatchObject({ code: 0, stderr: "" });
  expect(backup.stdout).toMatch(/, epoch 0, 1 fences, the newest 1\.7\nTABLE {2}ROWS\n$/);

  const inUse = await runM3(["restore", copy, "--to", store, "--force"]);
  expect(inUse).toMatchObject({ code: 1, stderr: expect.stringContaining("is in use: stop the apps") });
  await db.raiseFence({ claim: "actor/Hero/1", fence: { ...fence, counter: 8n } });
  await db[Symbol.asyncDispose]();
  const newer = await runM3(["restore", copy, "--to", store]);
  expect(newer).toMatchObject({ code: 1, stderr: expect.stringContaining("is newer than the copy") });

  const restored = await runM3(["restore", copy, "--to", store, "--force"]);
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(restored.stdout).toContain("its epoch is 1000000 from now on\n");
  expect(restored.stdout).toContain("it had beyond the copy: rows were deleted or claims taken since\n");
});

test("what a copy holds as JSON", async () => {
  const folder = await temporaryFolder();
  const store = join(folder, "game.sqlite");
  await (await open(store))[Symbol.asyncDispose]();
  const { stdout } = await runM3(["backup", store, "--to", join(folder, "copy"), "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ epoch: "0", tables: [], fences: 0 });
  const restored = await runM3(["restore", join(folder, "copy"), "--to", join(folder, "new"), "--json"]);
  expect(JSON.parse(restored.stdout)).toMatchObject({ epoch: "1000000", tables: [] });
});

test.each([[["backup"]], [["backup", "a"]], [["restore", "a"]], [["restore", "a", "b", "--to", "c"]]])(
  "wrong usage: m3 %j",
  async (args) => {
    expect((await runM3(args)).code).toBe(2);
  },
);
