import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createHero, heroes } from "./support/hero.ts";
import { openDb } from "./support/open-db.ts";
import { tempFiles } from "./support/temp-folder.ts";

const path = tempFiles();
const program = join(import.meta.dirname, "support/child-program.ts");
const children: ChildProcess[] = [];

function start(...args: readonly string[]): ChildProcess {
  const child = fork(program, args, { execArgv: [] });
  children.push(child);
  return child;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

test("processes that write to one file at once lose nothing", { timeout: 60_000 }, async () => {
  const file = path("shared.sqlite");
  await using db = await openDb(file);
  await db.write([{ writes: [createHero(1n, { level: 0 })] }]);
  const exits = ["150", "150", "150"].map((times) => once(start("count", file, times), "exit"));
  expect((await Promise.all(exits)).map(([code]) => code)).toEqual([0, 0, 0]);
  const row = await db.read(heroes, 1n);
  expect(row).toMatchObject({ version: 451n, message: { level: 450 } });
});

test("what was acknowledged outlives a process that is killed", { timeout: 60_000 }, async () => {
  const file = path("killed.sqlite");
  const child = start("fill", file);
  const acknowledged: bigint[] = [];
  await new Promise<void>((resolve, reject) => {
    child.on("message", (key) => {
      acknowledged.push(BigInt(String(key)));
      if (acknowledged.length === 200) child.kill("SIGKILL");
    });
    child.on("exit", (_code, signal) => (signal === "SIGKILL" ? resolve() : reject(new Error("it ended by itself"))));
  });
  await using db = await openDb(file);
  const rows = await Promise.all(acknowledged.map((key) => db.read(heroes, key)));
  expect(rows.filter((row) => row === undefined)).toEqual([]);
  expect(rows.length).toBeGreaterThanOrEqual(200);
  expect(rows.at(-1)?.message).toMatchObject({ name: `hero ${acknowledged.at(-1)}` });
});
