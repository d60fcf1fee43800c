import { createClient } from "@redis/client";
import type { M3Error, PluginContext } from "m3game";
import { reasonError } from "m3game/internal";
import type { RedisConfig } from "./config.ts";

const section = "[[Plugin.Broker.broker_redis]]";

/** How long a connection may take, in milliseconds. */
const connectTimeoutMs = 5000;

export type RedisClient = ReturnType<typeof createRedis>;

/**
 * Connects; afterwards the client reconnects by itself for ever. Rejects with PLUGIN_FAILED and one line. A connection
 * with subscriptions takes no other calls on older servers: publishing needs another one.
 */
export async function connectRedis(config: RedisConfig, context: PluginContext): Promise<RedisClient> {
  const client = createRedis(config, context);
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (client.isOpen) client.destroy();
    throw startError(config, error);
  }
}

function createRedis(config: RedisConfig, context: PluginContext) {
  let wasReady = false;
  const client = createClient({
    RESP: 2,
    ...(config.User !== undefined && { username: config.User }),
    ...(config.Auth !== undefined && { password: config.Auth }),
    name: context.app.app.replace(/[^!-~]/g, "_"),
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    socket: {
      host: config.Host,
      port: config.Port,
      connectTimeout: connectTimeoutMs,
      // A connection that is cut without a word is noticed within 15 s.
      keepAliveInitialDelay: 5000,
      reconnectStrategy: (_retries, cause) => (wasReady ? 200 + Math.random() * 800 : cause),
      ...(config.TLS && { tls: true as const }),
    },
  });
  client.on("ready", () => {
    wasReady = true;
  });
  // Without a listener an error would end the process; whoever uses the client is told by its events.
  client.on("error", () => {});
  return client;
}

function startError({ Host, Port }: RedisConfig, error: unknown): M3Error {
  const server = `the Redis server at ${Host}:${Port}`;
  const why = error instanceof Error ? error.message : String(error);
  const text = /WRONGPASS|NOAUTH|NOPERM|AUTH|invalid password/.test(why)
    ? `${server} refuses the credentials: set User and Auth in ${section}`
    : `${server} can't be reached (${why || "refused"}): start one, or correct Host and Port in ${section}`;
  return reasonError("PLUGIN_FAILED", text, { cause: error });
}
