import { randomUUID } from "node:crypto";
import { dbRedis } from "@m3game/db-redis";
import { describeWithService, runDbConformance } from "@m3game/testing";

describeWithService("redis", "db_redis", (address) => {
  const { hostname: Host, port } = new URL(`tcp://${address}`);

  for (const Partitions of [1, 3]) {
    const config = dbRedis.config.parse({ Host, Port: Number(port), Prefix: `test-${randomUUID()}`, Partitions });
    runDbConformance({
      name: `db_redis in ${Partitions} partitions`,
      create: (context) => dbRedis.create(config, context),
      supports: { readMany: true },
    });
  }
});
