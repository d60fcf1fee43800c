import { create } from "@bufbuild/protobuf";
import { Code, type DbKey, type DbTable } from "m3game";
import { expect, type TestAPI } from "vitest";
import { type DbFixture, readRow, written } from "./db-conformance-fixture.ts";
import { asQueryable } from "./db-conformance-queries.ts";
import { compileMessages, type FieldSpecs, fieldOf } from "./db-conformance-schema.ts";

const first: FieldSpecs = {
  id: [1, "int64"],
  name: [2, "string"],
  gone: [3, "int32"],
};

const second: FieldSpecs = {
  id: [1, "int64"],
  title: [2, "string"],
  level: [4, "int32"],
  power: { number: 5, type: "uint64", label: "optional" },
  tags: { number: 6, type: "string", label: "repeated" },
  name: [7, "string"],
};

/** Schemas that change while the store stays. */
export function growthTests(test: TestAPI, fixture: () => DbFixture, supports: { readonly readMany: boolean }): void {
  const tableOf = (specs: FieldSpecs, indexed: readonly string[] = []): DbTable => {
    const schema = compileMessages({ Hero: specs })("Hero");
    return {
      name: `m3test_${fixture().run.replaceAll("-", "").slice(0, 24)}`,
      schema,
      key: fieldOf(schema, "id"),
      indexed: indexed.map((name) => fieldOf(schema, name)),
    };
  };
  const message = ({ schema }: DbTable, fields: Record<string, unknown>) => create(schema, fields);

  test("new fields are empty in old rows, a renamed one keeps its values", async () => {
    const [before, after] = [tableOf(first), tableOf(second, ["level", "title"])];
    const db = await fixture().db([before]);
    await written(db, { kind: "create", table: before, key: 7n, message: message(before, { name: "june", gone: 3 }) });
    await db.prepare([after]);
    const { message: read } = await readRow(db, 7n, after);
    expect(read).toEqual(message(after, { id: 7n, title: "june" }));
    expect(read).not.toHaveProperty("power");
  });

  test.runIf(supports.readMany)("old rows are found by the zero value of a new field", async () => {
    const [before, after] = [tableOf(first), tableOf(second, ["level", "power"])];
    const db = asQueryable(await fixture().db([before]));
    await written(db, { kind: "create", table: before, key: 7n, message: message(before, {}) });
    await db.prepare([after]);
    await written(db, { kind: "create", table: after, key: 8n, message: message(after, { level: 1, power: 0n }) });
    const find = async (name: string, equal: DbKey) => {
      const { rows } = await db.readMany(after, { filters: [{ field: fieldOf(after.schema, name), equal }], limit: 9 });
      return rows.map((row) => Reflect.get(row.message, "id"));
    };
    expect(await find("level", 0)).toEqual([7n]);
    expect(await find("power", 0n)).toEqual([8n]);
  });

  test("an app with the old schema keeps what the new one wrote", async () => {
    const [before, after] = [tableOf(first), tableOf(second)];
    const old = await fixture().db([before]);
    const db = await fixture().db([after]);
    const full = message(after, { title: "june", level: 5, power: 2n ** 64n - 1n, tags: ["x"], name: "new" });
    const version = await written(db, { kind: "create", table: after, key: 7n, message: full });
    expect(await readRow(old, 7n, before)).toEqual({ version, message: message(before, { id: 7n, name: "june" }) });
    const next = await written(old, {
      kind: "update",
      table: before,
      key: 7n,
      message: message(before, { name: "mike", gone: 1 }),
      fields: before.schema.fields.filter((field) => field !== before.key),
      version,
    });
    expect(await readRow(db, 7n, after)).toEqual({
      version: next,
      message: Object.assign(full, { id: 7n, title: "mike" }),
    });
    await written(old, { kind: "create", table: before, key: 8n, message: message(before, { name: "old" }) });
    expect((await readRow(db, 8n, after)).message).toEqual(message(after, { id: 8n, title: "old" }));
  });

  const changes: Readonly<Record<string, FieldSpecs>> = {
    "another scalar": { ...first, gone: [3, "int64"] },
    "a scalar as a list": { ...first, gone: { number: 3, type: "int32", label: "repeated" } },
    "a field that may be absent now": { ...first, gone: { number: 3, type: "int32", label: "optional" } },
    "a string as bytes": { ...first, name: [2, "bytes"] },
    "another type of the key": { ...first, id: [1, "string"] },
  };

  test.each(Object.entries(changes))("%s is refused, and the table stays as it was", async (_name, specs) => {
    const before = tableOf(first);
    const db = await fixture().db([before]);
    const version = await written(db, {
      kind: "create",
      table: before,
      key: 7n,
      message: message(before, { gone: 3 }),
    });
    await expect(db.prepare([tableOf(specs)])).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    await db.prepare([before]);
    expect(await readRow(db, 7n, before)).toEqual({ version, message: message(before, { id: 7n, gone: 3 }) });
  });

  test("another key field is refused", async () => {
    const specs: FieldSpecs = { ...first, other: [8, "int64"] };
    const before = tableOf(specs);
    const db = await fixture().db([before]);
    const after = { ...before, key: fieldOf(before.schema, "other") };
    await expect(db.prepare([after])).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
  });

  test.each(["bool", "double", "bytes", "Rank", "Hero"])("a field of type %s can't be the key", async (type) => {
    const db = await fixture().db([]);
    const table = tableOf({ id: [1, type] });
    await expect(db.prepare([table])).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
  });

  test("rows can't be found by a list", async () => {
    const table = tableOf(second, ["tags"]);
    const db = await fixture().db([]);
    await expect(db.prepare([table])).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
  });

  test.each(["", "1a", "a b", 'a"b', "a;b", "é", "a".repeat(49)])("the table name %j is refused", async (name) => {
    const db = await fixture().db([]);
    await expect(db.prepare([{ ...tableOf(first), name }])).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  test("tables are prepared by several apps at once", async () => {
    const dbs = await Promise.all(Array.from({ length: 4 }, () => fixture().db([])));
    const tables: DbTable[] = [tableOf(first), tableOf(second, ["level"])];
    await Promise.all(dbs.map((db) => db.prepare(tables)));
    for (const [index, db] of dbs.entries()) {
      const [, table] = tables;
      if (table === undefined) continue;
      await written(db, { kind: "create", table, key: BigInt(index), message: message(table, { level: index }) });
    }
  });
}
