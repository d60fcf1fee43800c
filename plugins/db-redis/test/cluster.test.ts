import { dbRedis } from "@m3game/db-redis";
import { createPluginContext, describeWithService, runDbConformance } from "@m3game/testing";
import { createClient } from "@redis/client";
import type { PluginContext } from "m3game";
import { afterAll, expect, test } from "vitest";
import { startCluster, type TestCluster } from "./support/start-cluster.ts";

describeWithService("redis", "db_redis on a cluster", () => {
  let starting: Promise<TestCluster> | undefined;
  afterAll(async () => (await starting)?.[Symbol.asyncDispose]());

  async function open(Partitions: number, context: PluginContext = createPluginContext("test.world1.club.1")) {
    starting ??= startCluster();
    const { hostname: Host, port } = new URL(`tcp://${(await starting).addresses[0]}`);
    const config = { Host, Port: Number(port), Cluster: true, Prefix: `test-${Partitions}`, Partitions };
    return dbRedis.create(dbRedis.config.parse(config), context);
  }

  for (const partitions of [1, 4]) {
    runDbConformance({
      name: `db_redis on a cluster, in ${partitions} partitions`,
      create: (context) => open(partitions, context),
      supports: { readMany: true },
    });
  }

  test("partitions lie on different nodes", async () => {
    await using _db = await open(4);
    const counts = await Promise.all(
      ((await starting)?.addresses ?? []).map(async (address) => {
        const client = createClient({ url: `redis://${address}` });
        await client.connect();
        const count = await client.dbSize();
        client.destroy();
        return count;
      }),
    );
    expect(Math.min(...counts)).toBeGreaterThan(100);
  });
});
