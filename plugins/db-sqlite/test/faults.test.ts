// cspell:ignore ffff
import { existsSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createPluginContext } from "@m3game/testing";
import { Code } from "m3game";
import { expect, test } from "vitest";
import { dbSqlite } from "../src/index.ts";
import { createHero, hero, heroes, updateHero } from "./support/hero.ts";
import { openDb } from "./support/open-db.ts";
import { tempFiles } from "./support/temp-folder.ts";

const path = tempFiles();
const context = createPluginContext("test.world1.club.1");
const open = (file: string) => dbSqlite.create({ File: file, Durability: "full" }, context);

test("a file in a folder that is not there stops the start", async () => {
  await expect(open(path("none/game.sqlite"))).rejects.toMatchObject({
    code: Code.UNAVAILABLE,
    message: expect.stringMatching(/none\/game\.sqlite can't be opened: does the folder of File in .* exist/),
  });
});

test("a file that is no database stops the start, and stays as it is", async () => {
  const file = path("text.sqlite");
  writeFileSync(file, "this is a text of some length, and certainly not a database\n".repeat(20));
  await expect(open(file)).rejects.toMatchObject({ code: Code.DATA_LOSS });
  expect(statSync(file).size).toBe(1200);
});

test("a file that can't be written to stops the start", async () => {
  const file = path("read-only.sqlite");
  await (await openDb(file))[Symbol.asyncDispose]();
  await expect(open(`file:${file}?mode=ro`)).rejects.toMatchObject({
    code: Code.UNAVAILABLE,
    message: expect.stringContaining("can't be written to"),
  });
});

test("a row that can't be decoded is DATA_LOSS, stays as it is, and harms no other", async () => {
  const file = path("undecodable.sqlite");
  await using db = await openDb(file);
  await db.write([
    { writes: [createHero(1n, { name: "june", level: 1, part: { text: "a" } }), createHero(2n, { level: 1 })] },
  ]);
  using database = new DatabaseSync(file);
  database.exec("UPDATE hero SET part = x'ffff' WHERE id = 1");
  const lost = {
    code: Code.DATA_LOSS,
    message: expect.stringMatching(/row 1 of table hero can't be decoded: field part: /),
  };
  await expect(db.read(heroes, 1n)).rejects.toMatchObject(lost);
  const filters = [{ field: heroes.indexed[0] ?? heroes.key, equal: 1 }];
  await expect(db.readMany(heroes, { filters, limit: 10 })).rejects.toMatchObject(lost);
  const [[again] = []] = await db.write([{ writes: [createHero(1n, {})] }]);
  expect(again).toEqual({ status: "refused", reason: "exists" });
  expect((await db.read(heroes, 2n))?.message).toMatchObject({ level: 1 });
  expect(database.prepare("SELECT name, hex(part) AS part FROM hero WHERE id = 1").get()).toEqual({
    name: "june",
    part: "FFFF",
  });
});

test("values can be read with other tools", async () => {
  const file = path("tools.sqlite");
  await using db = await openDb(file);
  await db.write([{ writes: [createHero(5n, { name: "june", level: -3, score: 1.5, data: Uint8Array.of(1) })] }]);
  using database = new DatabaseSync(file);
  expect(database.prepare("SELECT * FROM hero").all()).toEqual([
    { id: 5, name: "june", data: Uint8Array.of(1), level: -3, score: 1.5, part: null, _ver: 1 },
  ]);
});

test("columns that are unknown here are kept, and have their defaults in new rows", async () => {
  const file = path("unknown.sqlite");
  await using db = await openDb(file);
  await db.write([{ writes: [createHero(1n, { level: 1 })] }]);
  using database = new DatabaseSync(file);
  database.exec("ALTER TABLE hero ADD COLUMN extra TEXT DEFAULT 'none'; UPDATE hero SET extra = 'kept'");
  await db.write([{ writes: [updateHero(1n, 1n, { level: 2 }), createHero(2n, {})] }]);
  expect(database.prepare("SELECT extra FROM hero ORDER BY id").all()).toEqual([{ extra: "kept" }, { extra: "none" }]);
  expect((await db.read(heroes, 1n))?.message).toEqual(hero({ id: 1n, level: 2 }));
});

test("the log is written into the file again and again, and is gone once the store is disposed", async () => {
  const file = path("log.sqlite");
  const db = await openDb(file);
  const data = new Uint8Array(100_000).fill(7);
  for (let key = 1n; key <= 400n; key += 1n) await db.write([{ writes: [createHero(key, { data })] }]);
  expect(statSync(`${file}-wal`).size).toBeLessThan(20_000_000);
  await db[Symbol.asyncDispose]();
  expect(existsSync(`${file}-wal`)).toBe(false);
  using database = new DatabaseSync(file);
  expect(database.prepare("SELECT count(*) AS count, sum(length(data)) AS bytes FROM hero").get()).toEqual({
    count: 400,
    bytes: 40_000_000,
  });
  expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
});

test("a store in memory keeps its rows to itself", async () => {
  await using db = await openDb(":memory:");
  await using other = await openDb(":memory:");
  await db.write([{ writes: [createHero(1n, { level: 1 })] }]);
  expect(await db.read(heroes, 1n)).toMatchObject({ version: 1n });
  expect(await other.read(heroes, 1n)).toBeUndefined();
});

test("more than the queue takes is OVERLOADED, the rest is written", async () => {
  await using db = await openDb(":memory:");
  const data = new Uint8Array(1024 * 1024);
  const keys = Array.from({ length: 80 }, (_, index) => BigInt(index + 1));
  const results = await db.write(keys.map((key) => ({ writes: [createHero(key, { data })] })));
  const [taken, refused] = [results.slice(0, 64).flat(), results.slice(64).flat()];
  expect(new Set(taken.map(({ status }) => status))).toEqual(new Set(["written"]));
  const overloaded = { code: Code.RESOURCE_EXHAUSTED, reason: "OVERLOADED", notExecuted: true };
  for (const result of refused) expect(result).toMatchObject({ status: "failed", error: overloaded });
  expect(await db.read(heroes, 80n)).toBeUndefined();
  await db.write([{ writes: [createHero(80n, { data })] }]);
  expect(await db.read(heroes, 80n)).toMatchObject({ message: { data } });
});

test("a write given up on its way is UNKNOWN_OUTCOME, one that has not left is not executed", async () => {
  await using db = await openDb(":memory:");
  const controller = new AbortController();
  const { signal } = controller;
  const groups = Array.from({ length: 20_000 }, (_, index) => ({ writes: [createHero(BigInt(index + 1), {})] }));
  const writing = db.write(groups, { signal });
  await Promise.resolve();
  controller.abort();
  const reasons = (await writing)
    .flat()
    .map((result) => (result.status === "failed" ? result.error.reason : result.status));
  expect(reasons[0]).toBe("UNKNOWN_OUTCOME");
  expect(reasons.at(-1)).toBe("CANCELLED");
  expect(await db.read(heroes, 20_000n)).toBeUndefined();
});
