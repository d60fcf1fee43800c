import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { MethodSchema } from "@bufbuild/protobuf/wkt";
import { dbMongo } from "@m3game/db-mongo";
import { createPluginContext, describeWithService } from "@m3game/testing";
import { Code, type Db, type DbTable, type DbWrite, type DbWriteResult } from "m3game";
import { expect, test } from "vitest";

const { name: key, requestTypeUrl: text } = MethodSchema.field;
const methods: DbTable = { name: "method", schema: MethodSchema, key, indexed: [] };
const names = Array.from({ length: 8 }, (_, index) => `row ${index}`);

function update(row: string, version: bigint, requestTypeUrl = `after ${version}`): DbWrite {
  const message = create(MethodSchema, { requestTypeUrl });
  return { kind: "update", table: methods, key: row, message, fields: [text], version };
}

/** Each write in a group of its own. */
async function write(db: Db, writes: readonly DbWrite[]): Promise<readonly (DbWriteResult | undefined)[]> {
  return (await db.write(writes.map((each) => ({ writes: [each] })))).map(([result]) => result);
}

describeWithService("mongo", "bulks of db_mongo", (address) => {
  async function openWithRows(): Promise<Db> {
    const config = dbMongo.config.parse({ URI: `mongodb://${address}`, DataBase: `test-${randomUUID()}` });
    const db = await dbMongo.create(config, createPluginContext("test.world1.club.1"));
    await db.prepare([methods]);
    const message = create(MethodSchema);
    await write(
      db,
      names.map((row) => ({ kind: "create", table: methods, key: row, message })),
    );
    return db;
  }

  test("a write that was overwritten before it was looked at is reported as written", async () => {
    await using db = await openWithRows();
    let version = 1n;
    for (let round = 0; round < 5; round++) {
      // A row that is not there makes the store look at what was written.
      const writesOf = (from: bigint) => [...names, "none"].map((row) => update(row, from));
      const results = await write(db, [...writesOf(version), ...writesOf(version + 1n)]);
      const [first, second] = [results.slice(0, names.length), results.slice(names.length + 1, -1)];
      expect(first).toEqual(names.map(() => ({ status: "written", version: version + 1n })));
      expect([results[names.length], results.at(-1)]).toEqual(
        Array.from({ length: 2 }, () => ({ status: "refused", reason: "missing" })),
      );
      for (const [index, row] of names.entries()) {
        const isLast = second[index]?.status === "written";
        if (!isLast) expect(second[index]).toEqual({ status: "refused", reason: "version" });
        const requestTypeUrl = `after ${isLast ? version + 1n : version}`;
        expect(await db.read(methods, row)).toMatchObject({
          version: isLast ? version + 2n : version + 1n,
          message: { requestTypeUrl },
        });
        if (!isLast) await write(db, [update(row, version + 1n)]);
      }
      version += 2n;
    }
  });

  test("a row that is too large fails alone", async () => {
    await using db = await openWithRows();
    const results = await write(
      db,
      names.map((row, index) => update(row, 1n, index === 3 ? "x".repeat(17 << 20) : "small")),
    );
    for (const [index, result] of results.entries()) {
      if (index !== 3) expect(result).toEqual({ status: "written", version: 2n });
      else expect(result).toMatchObject({ status: "failed", error: { code: Code.INVALID_ARGUMENT } });
    }
    expect(await db.read(methods, "row 3")).toMatchObject({ version: 1n });
  });
});
