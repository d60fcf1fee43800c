import { randomUUID } from "node:crypto";
import { create, type DescField } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { dbRedis } from "@m3game/db-redis";
import { createPluginContext, describeWithService } from "@m3game/testing";
import { createClient } from "@redis/client";
import type { DbTable, DbWrite } from "m3game";
import { expect, test } from "vitest";
import { Keys } from "../src/keys.ts";

const value: DescField = StringValueSchema.field.value;
const notes: DbTable = { name: "note", schema: StringValueSchema, key: value, indexed: [] };
const update = (version: bigint): DbWrite => ({
  kind: "update",
  table: notes,
  key: "a",
  message: create(StringValueSchema),
  fields: [],
  version,
});

describeWithService("redis", "db_redis after a fail-over", (address) => {
  test("an owner whose raised fence was lost is told by the version, and overwrites nothing", async () => {
    const { hostname: Host, port } = new URL(`tcp://${address}`);
    const Prefix = `test-${randomUUID()}`;
    const config = dbRedis.config.parse({ Host, Port: Number(port), Prefix });
    await using db = await dbRedis.create(config, createPluginContext("test.world1.club.1"));
    await db.prepare([notes]);
    const scope = (counter: bigint) => ({ claim: "role/1", fence: { epoch: 1n, counter } });
    await db.write([
      { scope: scope(1n), writes: [{ kind: "create", table: notes, key: "a", message: create(StringValueSchema) }] },
    ]);
    expect(await db.read(notes, "a", { scope: scope(2n) })).toMatchObject({ version: 1n });

    // What a replica that takes over may not have got: the fence that was raised last.
    const client = createClient({ url: `redis://${address}` });
    await client.connect();
    await client.set(
      new Keys(Prefix, 1).partitions[0]?.fence("role/1") ?? "",
      "0000000000000000001 0000000000000000001",
    );
    client.destroy();

    expect(await db.write([{ scope: scope(1n), writes: [update(1n)] }])).toEqual([
      [{ status: "written", version: 2n }],
    ]);
    expect(await db.write([{ scope: scope(2n), writes: [update(1n)] }])).toEqual([
      [{ status: "refused", reason: "version" }],
    ]);
    expect(await db.read(notes, "a", { scope: scope(2n) })).toMatchObject({ version: 2n });
    expect(await db.write([{ scope: scope(1n), writes: [update(2n)] }])).toEqual([
      [{ status: "refused", reason: "fenced" }],
    ]);
  });
});
