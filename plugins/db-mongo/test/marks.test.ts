import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { MethodSchema } from "@bufbuild/protobuf/wkt";
import { dbMongo } from "@m3game/db-mongo";
import { createPluginContext, describeWithService } from "@m3game/testing";
import type { Db, DbScope, DbTable, DbWrite, DbWriteResult } from "m3game";
import { MongoClient } from "mongodb";
import { afterEach, beforeEach, expect, test } from "vitest";

const { name: key, requestTypeUrl: text } = MethodSchema.field;
const methods: DbTable = { name: "method", schema: MethodSchema, key, indexed: [] };
const row = "row";

const fencedResult = { status: "refused", reason: "fenced" };

function scopeOf(claim: string, counter: bigint): DbScope {
  return { claim, fence: { epoch: 1n, counter } };
}

function update(version: bigint): DbWrite {
  return { kind: "update", table: methods, key: row, message: create(MethodSchema), fields: [text], version };
}

const creation: DbWrite = { kind: "create", table: methods, key: row, message: create(MethodSchema) };

describeWithService("mongo", "what rows of db_mongo know of their owners", (address) => {
  let cleanup: AsyncDisposableStack;
  let db: Db;
  let client: MongoClient;
  let database: string;

  beforeEach(async () => {
    cleanup = new AsyncDisposableStack();
    database = `test-${randomUUID()}`;
    const config = dbMongo.config.parse({ URI: `mongodb://${address}`, DataBase: database });
    db = cleanup.use(await dbMongo.create(config, createPluginContext("test.world1.club.1")));
    client = cleanup.adopt(await new MongoClient(`mongodb://${address}`).connect(), (opened) => opened.close());
    await db.prepare([methods]);
  });

  afterEach(() => cleanup.disposeAsync());

  async function write(each: DbWrite, scope: DbScope): Promise<DbWriteResult | undefined> {
    return (await db.write([{ scope, writes: [each] }]))[0]?.[0];
  }

  /** As if it had looked at the fences before any of them was raised. */
  async function writeLate(each: DbWrite, scope: DbScope): Promise<DbWriteResult | undefined> {
    await client.db(database).collection("_m3_fence").deleteMany({});
    return write(each, scope);
  }

  test("a late write is refused where its claim's new owner has read the row, whoever came after that one", async () => {
    await write(creation, scopeOf("x", 1n));
    await db.read(methods, row, { scope: scopeOf("x", 2n) });
    await db.read(methods, row, { scope: scopeOf("y.$", 1n) });
    expect(await writeLate(update(1n), scopeOf("x", 1n))).toEqual(fencedResult);
    expect(await writeLate(update(1n), scopeOf("y.$", 1n))).toEqual({ status: "written", version: 2n });
    expect(await writeLate({ kind: "delete", table: methods, key: row, version: 2n }, scopeOf("x", 1n))).toEqual(
      fencedResult,
    );
  });

  test("what is left of a deleted row knows the owners too", async () => {
    await write(creation, scopeOf("x", 2n));
    expect(await write({ kind: "delete", table: methods, key: row, version: 1n }, scopeOf("y", 1n))).toEqual({
      status: "written",
      version: 1n,
    });
    expect(await writeLate(creation, scopeOf("x", 1n))).toEqual(fencedResult);
    expect(await writeLate(creation, scopeOf("x", 2n))).toMatchObject({ status: "written" });
    expect(await db.read(methods, row)).toMatchObject({ message: { name: row, requestTypeUrl: "" } });
  });

  test("a row that very many claims read forgets them, and refuses what they kept out for its version", async () => {
    await write(creation, scopeOf("x", 1n));
    await db.read(methods, row, { scope: scopeOf("x", 2n) });
    for (let index = 0; index < 70; index++) await db.read(methods, row, { scope: scopeOf(`reader ${index}`, 1n) });
    const stored = await client.db(database).collection("method").findOne();
    expect(Object.keys(stored?._own).length).toBeLessThan(20);
    expect(await writeLate(update(1n), scopeOf("x", 1n))).toEqual({ status: "refused", reason: "version" });
    const version = (await db.read(methods, row, { scope: scopeOf("x", 2n) }))?.version ?? 0n;
    expect(await write(update(version), scopeOf("x", 2n))).toEqual({ status: "written", version: version + 1n });
  });
});
