import { definePlugin } from "m3game";
import { redisConfig } from "./config.ts";
import { RedisConnection } from "./redis-connection.ts";
import { RedisDb } from "./redis-db.ts";
import { checkPartitions } from "./store-layout.ts";

/**
 * The store on a Redis server or cluster, `[[Plugin.DB.db_redis]]`. The first connection must succeed; a later one that
 * breaks is restored for as long as it takes, and meanwhile calls fail with PLUGIN_FAILED. Rejects with PLUGIN_FAILED
 * when the server can't be reached or refuses the credentials, FAILED_PRECONDITION when its data is spread otherwise.
 */
export const dbRedis = definePlugin({
  kind: "db",
  name: "db_redis",
  config: redisConfig,
  create: async (config, context) => {
    if (config.MaxIdle !== undefined || config.MaxActive !== undefined) {
      context.log.warn("MaxIdle and MaxActive are of no effect: one connection carries all calls; leave them out");
    }
    const connection = await RedisConnection.open(config, context);
    try {
      await checkPartitions(connection, config);
      return new RedisDb(connection, config, context);
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  },
});

export default dbRedis;
