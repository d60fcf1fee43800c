import { randomUUID } from "node:crypto";
import { create, type DescField } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { dbPostgres } from "@m3game/db-postgres";
import { createPluginContext, describeWithService } from "@m3game/testing";
import type { Db, DbGroup, DbTable } from "m3game";
import { expect, test } from "vitest";

const value: DescField = StringValueSchema.field.value;
const notes: DbTable = { name: "note", schema: StringValueSchema, key: value, indexed: [] };
const message = create(StringValueSchema);

function scopeOf(key: string, counter = 1n) {
  return { claim: `role/${key}`, fence: { epoch: 1n, counter } };
}

function creates(key: string): DbGroup {
  return { scope: scopeOf(key), writes: [{ kind: "create", table: notes, key, message }] };
}

function updates(key: string, version: bigint): DbGroup {
  return { scope: scopeOf(key), writes: [{ kind: "update", table: notes, key, message, fields: [], version }] };
}

function deletes(key: string, version: bigint, counter?: bigint): DbGroup {
  return { scope: scopeOf(key, counter), writes: [{ kind: "delete", table: notes, key, version }] };
}

describeWithService("postgres", "db_postgres and deletes in one call", (address) => {
  async function open(Schema = `test_${randomUUID().replaceAll("-", "")}`) {
    const { hostname: Host, port } = new URL(`tcp://${address}`);
    const config = dbPostgres.config.parse({ Host, Port: Number(port), Schema });
    const db = await dbPostgres.create(config, createPluginContext("test.world1.club.1"));
    await db.prepare([notes]);
    return Object.assign(db, { schema: Schema });
  }

  async function versionsOf(db: Db, groups: readonly DbGroup[]): Promise<readonly bigint[]> {
    const results = await db.write(groups);
    return results.map(([result]) => {
      if (result?.status !== "written") throw new Error(`${result?.status}`);
      return result.version;
    });
  }

  test("each has its own outcome, and new rows begin above the highest version", async () => {
    await using db = await open();
    await db.write(["a", "b", "c", "d"].map(creates));
    await versionsOf(db, [updates("b", 1n)]);
    await versionsOf(db, [updates("b", 2n)]);
    expect(
      await db.write([deletes("a", 1n), deletes("b", 3n), deletes("c", 7n), deletes("d", 1n, 0n), deletes("e", 1n)]),
    ).toEqual([
      [{ status: "written", version: 1n }],
      [{ status: "written", version: 3n }],
      [{ status: "refused", reason: "version" }],
      [{ status: "refused", reason: "fenced" }],
      [{ status: "refused", reason: "missing" }],
    ]);
    await versionsOf(db, [deletes("d", 1n)]);
    expect(await versionsOf(db, [creates("a"), creates("f")])).toEqual([4n, 4n]);
  });

  test("a row that is there again never has a version that it had before, whoever deletes and creates meanwhile", async () => {
    await using db = await open();
    await using other = await open(db.schema);
    const play = async (app: Db, name: string, updatesOfEach: number): Promise<void> => {
      const keys = Array.from({ length: 20 }, (_, index) => `${name}/${index}`);
      let last: readonly bigint[] = keys.map(() => 0n);
      for (let round = 0; round < 6; round++) {
        const created = await versionsOf(app, keys.map(creates));
        expect(created.filter((version, index) => version <= (last[index] ?? 0n))).toEqual([]);
        last = created;
        for (let count = 0; count < updatesOfEach; count++) {
          last = await versionsOf(
            app,
            keys.map((key, index) => updates(key, last[index] ?? 0n)),
          );
        }
        await versionsOf(
          app,
          keys.map((key, index) => deletes(key, last[index] ?? 0n)),
        );
      }
    };
    await Promise.all([play(db, "a", 0), play(db, "b", 1), play(other, "c", 3), play(other, "d", 6)]);
  });
});
