import { Code, type Db, type DbFilter, type DbQuery, type DbTable, type QueryableDb } from "m3game";
import { expect, type TestAPI } from "vitest";
import { type DbFixture, group, itemField, items, written } from "./db-conformance-fixture.ts";

type Fields = Readonly<Record<string, unknown>>;

const rows: Readonly<Record<string, Fields>> = {
  a: { level: 1, power: 5n, name: "june", score: 1.5 },
  b: { level: 2, power: 2n ** 63n, name: "June", score: -0 },
  c: { level: 2, power: 2n ** 64n - 1n, name: "ｊ" },
  d: { level: 2, power: 2n ** 63n - 1n, name: "\u{1f600}", score: Number.NaN },
  e: { level: -7, power: 0n, name: "", score: Number.NEGATIVE_INFINITY },
  f: { level: 3, power: 6n, name: "jun", score: 0 },
};

/** Searching, for stores that can. */
export function queryTests(test: TestAPI, fixture: () => DbFixture): void {
  async function filled(): Promise<QueryableDb> {
    const db = await fixture().db();
    await db.write(Object.entries(rows).map(([name, fields]) => group([fixture().create(name, { ...fields })])));
    return asQueryable(db);
  }

  const ofThisRun = (): DbFilter => ({ field: itemField("run"), equal: fixture().run });

  async function find(db: QueryableDb, query: Partial<DbQuery>): Promise<string[]> {
    const { filters = [], ...rest } = query;
    const page = await db.readMany(items, { limit: 1000, ...rest, filters: [ofThisRun(), ...filters] });
    expect(page.cursor).toBeUndefined();
    return names(page.rows);
  }

  const names = (found: readonly { readonly message: object }[]) =>
    found.map(({ message }) => String(Reflect.get(message, "id")).slice(fixture().run.length + 1));

  const orderBy = (name: string, descending = false) => ({ field: itemField(name), descending });

  const filterCases: readonly (readonly [string, () => readonly DbFilter[], string[]])[] = [
    ["nothing", () => [], ["a", "b", "c", "d", "e", "f"]],
    ["equal", () => [{ field: itemField("level"), equal: 2 }], ["b", "c", "d"]],
    ["equal to nothing", () => [{ field: itemField("level"), equal: 99 }], []],
    ["equal, by the letter", () => [{ field: itemField("name"), equal: "june" }], ["a"]],
    ["equal to the empty string", () => [{ field: itemField("name"), equal: "" }], ["e"]],
    ["equal, above 2^63", () => [{ field: itemField("power"), equal: 2n ** 64n - 1n }], ["c"]],
    ["equal to zero of both signs", () => [{ field: itemField("score"), equal: 0 }], ["b", "f"]],
    ["equal to NaN", () => [{ field: itemField("score"), equal: Number.NaN }], ["d"]],
    ["in", () => [{ field: itemField("level"), in: [1, 3, 99] }], ["a", "f"]],
    ["in none", () => [{ field: itemField("level"), in: [] }], []],
    ["a range without its end", () => [{ field: itemField("level"), from: 1, to: 3 }], ["a", "b", "c", "d"]],
    ["a range from", () => [{ field: itemField("level"), from: 3 }], ["f"]],
    ["a range to", () => [{ field: itemField("level"), to: 1 }], ["e"]],
    [
      "a range around 2^63",
      () => [{ field: itemField("power"), from: 2n ** 63n - 1n, to: 2n ** 64n - 1n }],
      ["b", "d"],
    ],
    ["a range of what may be absent", () => [{ field: itemField("score"), from: 0 }], ["a", "b", "d", "f"]],
    ["an empty range", () => [{ field: itemField("level"), from: 3, to: 1 }], []],
    ["the key", () => [{ field: items.key, equal: fixture().key("c") }], ["c"]],
    [
      "several",
      () => [
        { field: itemField("level"), equal: 2 },
        { field: itemField("power"), from: 2n ** 63n },
      ],
      ["b", "c"],
    ],
  ];

  test.each(filterCases)("filter: %s", async (_name, filters, expected) => {
    expect(await find(await filled(), { filters: filters() })).toEqual(expected);
  });

  const orders = {
    level: ["e", "a", "b", "c", "d", "f"],
    power: ["e", "a", "f", "d", "b", "c"],
    name: ["e", "b", "f", "a", "c", "d"],
    score: ["c", "e", "b", "f", "a", "d"],
    id: ["a", "b", "c", "d", "e", "f"],
  };

  test.each(Object.entries(orders))("order by %s, and pages of every size", async (name, expected) => {
    const db = await filled();
    for (const descending of [false, true]) {
      const order = descending ? [...expected].reverse() : expected;
      expect(await find(db, { orderBy: orderBy(name, descending) })).toEqual(order);
      for (const limit of [1, 2, 3, 5, 6]) {
        const pages = await readPages(db, { filters: [ofThisRun()], orderBy: orderBy(name, descending), limit });
        expect(pages.flatMap(({ rows: page }) => names(page))).toEqual(order);
        expect(pages.slice(0, -1).every(({ rows: page }) => page.length === limit)).toBe(true);
        expect(pages).toHaveLength(Math.ceil(order.length / limit));
      }
    }
  });

  test("rows that stay come exactly once while others come and go", async () => {
    const db = await filled();
    const query = { filters: [ofThisRun()], orderBy: orderBy("level"), limit: 2 };
    const first = await db.readMany(items, query);
    expect(names(first.rows)).toEqual(["e", "a"]);
    await written(db, fixture().delete("a", first.rows[1]?.version ?? 0n));
    await written(db, fixture().create("0", { level: -100 }));
    const rest = await readPages(db, { ...query, ...(first.cursor !== undefined && { cursor: first.cursor }) });
    expect(rest.flatMap(({ rows: page }) => names(page))).toEqual(["b", "c", "d", "f"]);
  });

  test("rows come whole, with their versions", async () => {
    const db = await filled();
    const { rows: found } = await db.readMany(items, { filters: [ofThisRun()], limit: 1000 });
    for (const row of found) expect(await db.read(items, String(Reflect.get(row.message, "id")))).toEqual(row);
  });

  test("a claim that was read under is no row", async () => {
    const db = await filled();
    await db.read(items, fixture().key("x"), { scope: fixture().scope(1n) });
    expect(await find(db, {})).toHaveLength(6);
  });

  test("a field that is not indexed is UNIMPLEMENTED, never an empty page", async () => {
    const db = await filled();
    const unimplemented = { code: Code.UNIMPLEMENTED };
    const filters = [{ field: itemField("note"), equal: "a" }];
    await expect(db.readMany(items, { filters, limit: 1 })).rejects.toMatchObject(unimplemented);
    await expect(db.readMany(items, { filters: [], orderBy: orderBy("tags"), limit: 1 })).rejects.toMatchObject(
      unimplemented,
    );
  });

  test.each([0, -1, 1.5, 1001, Number.NaN])("the limit %s is refused", async (limit) => {
    const db = asQueryable(await fixture().db());
    await expect(db.readMany(items, { filters: [], limit })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  test.each(["", "?", "AAAA", "not a cursor"])("the cursor %j is refused", async (cursor) => {
    const db = asQueryable(await fixture().db());
    await expect(db.readMany(items, { filters: [], limit: 1, cursor })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
    });
  });

  test("a value of another type, or too many of them, are refused", async () => {
    const db = asQueryable(await fixture().db());
    const wrong: readonly DbFilter[] = [
      { field: itemField("level"), equal: "1" },
      { field: itemField("power"), from: 1 },
      { field: itemField("name"), in: [1] },
      { field: itemField("level"), in: Array.from({ length: 1001 }, (_, index) => index) },
    ];
    for (const filter of wrong) {
      await expect(db.readMany(items, { filters: [filter], limit: 1 })).rejects.toMatchObject({
        code: Code.INVALID_ARGUMENT,
      });
    }
  });
}

/** The store as one that can search; throws when it can't. */
export function asQueryable(db: Db): QueryableDb {
  if (isQueryable(db)) return db;
  throw new Error("the store has no readMany, which the suite was told it supports");
}

function isQueryable(db: Db): db is QueryableDb {
  return "readMany" in db;
}

/** All pages of a query, from its cursor on. */
export async function readPages(db: QueryableDb, query: DbQuery, table: DbTable = items) {
  const pages = [await db.readMany(table, query)];
  for (let cursor = pages[0]?.cursor; cursor !== undefined; cursor = pages.at(-1)?.cursor) {
    pages.push(await db.readMany(table, { ...query, cursor }));
  }
  return pages;
}
