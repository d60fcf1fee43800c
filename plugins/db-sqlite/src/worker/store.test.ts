import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tempFiles } from "../../test/support/temp-folder.ts";
import type { ColumnLayout, ScopeData, SqlValue, TableLayout, TaskResult } from "../protocol.ts";
import { SqliteCode } from "../sqlite-code.ts";
import { openDatabase } from "./open-database.ts";
import { Store } from "./store.ts";

const path = tempFiles();
const lockTimeoutMs = 50;

const column = (number: number, name: string, declaration: string): ColumnLayout => {
  return { number, name, type: declaration, declaration };
};
const table = (columns: readonly ColumnLayout[], name = "hero", indexed: readonly number[] = []): TableLayout => {
  return { id: 1, name, key: column(1, "id", "INTEGER PRIMARY KEY"), columns, indexed };
};
const hero = table([column(2, "name", "TEXT"), column(3, "data", "BLOB")]);

describe("the store in the worker", () => {
  let file: string;
  let database: DatabaseSync;
  let store: Store;
  let opened = 0;

  beforeEach(() => {
    opened += 1;
    file = path(`store-${opened}.sqlite`);
    database = openDatabase({ file, durability: "full", lockTimeoutMs });
    store = new Store(database, { lockTimeoutMs });
  });

  afterEach(() => store.close());

  const prepare = (layout: TableLayout) => store.write([{ kind: "prepare", tables: [layout] }])[0];
  const createHero = (key: number, data: SqlValue = null, scope: ScopeData | null = null): SqlValue[] => {
    return [1, ...(scope ?? [null]), 0, 1, key, 0, "2,3", "june", data];
  };
  const write = (...data: SqlValue[]) => store.write([{ kind: "groups", data }])[0];
  const updates = (keys: readonly number[], values: (key: number) => SqlValue[], claim: string | null = null) => {
    return {
      kind: "updates",
      table: 1,
      columns: "2,3",
      claims: keys.map(() => claim),
      epochs: keys.map(() => 1),
      counters: keys.map(() => 1),
      rows: keys.flatMap((key) => [key, 1, ...values(key)]),
    } as const;
  };
  const written = (...versions: number[]): TaskResult => ({ writes: versions, problems: [] });
  const readHero = (key: number) => {
    return store.read([{ kind: "read", table: 1, key, columns: "2", scope: null }])[0];
  };

  test("a full disk fails the whole transaction, writes nothing, and ends when there is room again", () => {
    prepare(hero);
    database.exec("PRAGMA max_page_count = 40");
    const large = new Uint8Array(200_000);
    const results = store.write([
      { kind: "groups", data: createHero(1) },
      { kind: "groups", data: createHero(2, large) },
      { kind: "raise", scope: ["claim", 1n, 1n] },
    ]);
    const full = { problem: { kind: "sqlite", code: SqliteCode.full, isUnknown: false } };
    expect(results).toMatchObject([full, full, full]);
    expect(readHero(1)).toEqual({ row: null });
    database.exec("PRAGMA max_page_count = 4000");
    expect(write(...createHero(2, large))).toEqual(written(1));
  });

  test("a file that stays locked fails the transaction, and harms nothing", () => {
    prepare(hero);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    expect(write(...createHero(1))).toMatchObject({ problem: { kind: "sqlite", code: SqliteCode.busy } });
    expect(readHero(1)).toEqual({ row: null });
    other.exec("ROLLBACK");
    other.close();
    expect(write(...createHero(1))).toEqual(written(1));
  });

  test("a group that SQLite can't take fails alone", () => {
    prepare(hero);
    // A value of a wrong type is what the main thread never sends: it stands for whatever only one group meets.
    const result = write(...createHero(1), ...createHero(2, "no bytes"), ...createHero(3));
    expect(result).toMatchObject({ writes: [1, -5, 1], problems: [{ kind: "sqlite" }] });
    expect(readHero(2)).toEqual({ row: null });
    expect(readHero(3)).toEqual({ row: [1n, "june"] });
  });

  test("a group that fails undoes what it had written", () => {
    prepare(hero);
    const both = [2, null, ...createHero(1).slice(2), ...createHero(2, "no bytes").slice(2)];
    expect(write(...both, ...createHero(3))).toMatchObject({ writes: [-5, -5, 1] });
    expect(readHero(1)).toEqual({ row: null });
  });

  test("a task that fails undoes what it had done", () => {
    prepare(hero);
    const mismatch = table([column(2, "name", "BLOB")]);
    const results = store.write([
      { kind: "prepare", tables: [table([column(7, "seven", "TEXT")], "other"), mismatch] },
      { kind: "raise", scope: ["claim", 1n, 1n] },
    ]);
    expect(results).toMatchObject([{ problem: { kind: "unfit" } }, { done: true }]);
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'other'").get()).toBeUndefined();
  });

  test("a fence whose raising was undone is not taken for known", () => {
    prepare(hero);
    const scope = (counter: bigint): ScopeData => ["claim", 1n, counter];
    const [failed] = store.write([{ kind: "read", table: 99, key: 1, columns: "2", scope: scope(5n) }]);
    expect(failed).toMatchObject({ problem: { kind: "bug" } });
    expect(write(...createHero(1, null, scope(5n)))).toEqual(written(1));
    expect(write(...createHero(2, null, scope(4n)))).toEqual(written(-1));
  });

  test("a table of the same name that is none of ours is left alone", () => {
    database.exec("CREATE TABLE Hero (id TEXT)");
    expect(prepare(hero)).toMatchObject({ problem: { kind: "unfit", message: expect.stringContaining("table Hero") } });
  });

  test("tables whose names differ in case only are refused", () => {
    prepare(hero);
    expect(prepare(table([], "HERO"))).toMatchObject({ problem: { kind: "unfit" } });
  });

  test("fields may be called like one of our own columns, like another one, or like one of before", () => {
    const clashes = [column(2, "_ver", "TEXT"), column(3, "Name", "TEXT"), column(4, "name", "TEXT")];
    expect(prepare(table(clashes, "clash"))).toMatchObject({ columns: [expect.any(Map)] });
    expect(prepare(table([column(9, "NAME", "TEXT")], "clash"))).toMatchObject({ columns: [expect.any(Map)] });
    const names = database.prepare("SELECT name FROM pragma_table_info('clash')").all();
    expect(names.map(({ name }) => name)).toEqual(["id", "_ver_2", "Name", "name_4", "_ver", "NAME_9"]);
  });

  test("many updates of the same columns are one statement, whatever the columns are called", () => {
    prepare(table([column(2, "column1", "TEXT"), column(3, "_new", "ANY")]));
    const keys = Array.from({ length: 150 }, (_, index) => index + 1);
    write(...keys.flatMap((key) => [1, null, 0, 1, key, 0, "2,3", "a", null]));
    const prepared = vi.spyOn(database, "prepare");
    const [result] = store.write([updates(keys, (key) => [`hero ${key}`, -0])]);
    expect(result).toEqual(written(...keys.map(() => 2)));
    expect(prepared.mock.calls.map(([sql]) => sql.slice(0, 13))).toEqual([`UPDATE "hero"`]);
    expect(database.prepare("SELECT * FROM hero WHERE id = 77").get()).toEqual({
      id: 77,
      column1: "hero 77",
      _new: -0,
      _ver: 2,
    });
  });

  test("of many updates one that can't be made, or a fence that is not known, harms no other", () => {
    prepare(hero);
    const keys = Array.from({ length: 120 }, (_, index) => index + 1);
    write(...keys.filter((key) => key !== 7).flatMap((key) => createHero(key)));
    const versions = keys.map((key) => (key === 7 ? -3 : key === 60 ? -5 : 2));
    const values = (key: number) => ["july", key === 60 ? "no bytes" : null];
    expect(store.write([updates(keys, values)])).toMatchObject([{ writes: versions, problems: [{ kind: "sqlite" }] }]);
    expect([6, 7, 60, 120].map(readHero)).toEqual(
      [[2n, "july"], null, [1n, "june"], [2n, "july"]].map((row) => ({ row })),
    );
    store.write([{ kind: "raise", scope: ["newer", 2, 1] }]);
    const others = keys.map((key) => key + 1000);
    write(...others.flatMap((key) => createHero(key)));
    expect(store.write([updates(others, () => ["july", null], "newer")])).toEqual([written(...others.map(() => -1))]);
    const tasks = [
      updates(others, () => ["july", null], "unknown"),
      { kind: "raise", scope: ["unknown", 1, 1] },
    ] as const;
    expect(store.write(tasks)).toEqual([written(...others.map(() => 2)), { done: true }]);
    expect(write(...createHero(5000, null, ["unknown", 1, 0]))).toEqual(written(-1));
  });

  test("queries use the index of a field, for the page and for what comes after", () => {
    prepare(table([column(2, "name", "TEXT"), column(3, "data", "BLOB")], "hero", [2]));
    const prepared = vi.spyOn(database, "prepare");
    const query = { kind: "query", table: 1, columns: "1,2", order: 2, descending: false, limit: 5 } as const;
    store.read([
      { ...query, conditions: [{ column: 2, in: ["a"] }], after: null },
      { ...query, conditions: [{ column: 2, from: "a", to: "b" }], after: ["a", 1] },
    ]);
    const queries = prepared.mock.calls.map(([sql]) => sql);
    expect(queries).toHaveLength(2);
    for (const sql of queries) {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      expect(plan.map(({ detail }) => detail).join()).toMatch(/^SEARCH hero USING INDEX hero.name/);
    }
  });

  test("the epoch begins at 1, and rises when asked to also before any lease store came", () => {
    const enter = (lease: string | null) => store.write([{ kind: "epoch", lease }])[0];
    expect([null, null, "etcd", "etcd"].map(enter)).toEqual([1n, 2n, 3n, 3n].map((epoch) => ({ epoch })));
  });

  test("a file of a newer format is refused", () => {
    database.exec("UPDATE _m3_store SET format = 2");
    expect(() => openDatabase({ file, durability: "full", lockTimeoutMs })).toThrow(/newer version/);
  });

  test.each([
    ["full", 2n],
    ["normal", 1n],
  ] as const)("durability %s is what SQLite calls synchronous %s", (durability, synchronous) => {
    const other = openDatabase({ file, durability, lockTimeoutMs });
    const pragma = other.prepare("PRAGMA synchronous");
    pragma.setReadBigInts(true);
    expect(pragma.get()).toEqual({ synchronous });
    expect(other.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    other.close();
  });
});
