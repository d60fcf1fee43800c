import { randomUUID } from "node:crypto";
import { create, type DescField } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { dbPostgres } from "@m3game/db-postgres";
import { createPluginContext, describeWithService } from "@m3game/testing";
import type { DbGroup, DbTable } from "m3game";
import { expect, test } from "vitest";

const value: DescField = StringValueSchema.field.value;
const notes: DbTable = { name: "note", schema: StringValueSchema, key: value, indexed: [] };

function creates(key: string, claim: string, counter: bigint): DbGroup {
  const scope = { claim, fence: { epoch: 1n, counter } };
  return { scope, writes: [{ kind: "create", table: notes, key, message: create(StringValueSchema) }] };
}

describeWithService("postgres", "db_postgres and the first fence of a claim", (address) => {
  async function open() {
    const { hostname: Host, port } = new URL(`tcp://${address}`);
    const Schema = `test_${randomUUID().replaceAll("-", "")}`;
    const config = dbPostgres.config.parse({ Host, Port: Number(port), Schema });
    const db = await dbPostgres.create(config, createPluginContext("test.world1.club.1"));
    await db.prepare([notes]);
    return db;
  }

  test("it is entered with the first row, of several rows too, and not with one that is refused", async () => {
    await using db = await open();
    const [first, second] = await db.write([creates("a", "role/1", 5n), creates("b", "role/1", 5n)]);
    expect([first, second]).toMatchObject([[{ status: "written" }], [{ status: "written" }]]);
    expect(await db.write([creates("c", "role/1", 4n)])).toEqual([[{ status: "refused", reason: "fenced" }]]);
    expect(await db.write([creates("a", "role/2", 5n)])).toEqual([[{ status: "refused", reason: "exists" }]]);
    expect(await db.write([creates("c", "role/2", 1n)])).toMatchObject([[{ status: "written" }]]);
  });

  test("of two owners who create under a new claim at once the newer one stays", async () => {
    await using db = await open();
    const claims = Array.from({ length: 20 }, (_, index) => `role/${index}`);
    const results = await Promise.all(
      claims.flatMap((claim) => [1n, 2n].map((counter) => db.write([creates(`${claim}.${counter}`, claim, counter)]))),
    );
    // The older one was written before, or is fenced; the newer one has nothing to fear.
    expect(results.filter((_result, index) => index % 2 === 1)).toEqual(
      claims.map(() => [[{ status: "written", version: 1n }]]),
    );
    const late = await db.write(claims.map((claim) => creates(`${claim}.late`, claim, 1n)));
    expect(late).toEqual(claims.map(() => [{ status: "refused", reason: "fenced" }]));
  });
});
