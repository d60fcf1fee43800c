import { definePlugin } from "m3game";
import { redisConfig } from "./config.ts";
import { connectRedis } from "./connect-redis.ts";
import { RedisBroker } from "./redis-broker.ts";

/**
 * The broker on Redis pub/sub, `[[Plugin.Broker.broker_redis]]`. The first connection must succeed; a later one that
 * breaks is restored with all subscriptions, for as long as it takes. Meanwhile `publish` and `subscribe` reject with
 * PLUGIN_FAILED (nothing is buffered), and messages of others are missed.
 */
export const brokerRedis = definePlugin({
  kind: "broker",
  name: "broker_redis",
  config: redisConfig,
  create: async (config, context) => {
    const publisher = await connectRedis(config, context);
    try {
      return new RedisBroker(publisher, await connectRedis(config, context), context);
    } catch (error) {
      publisher.destroy();
      throw error;
    }
  },
});

export default brokerRedis;
