import { secret } from "m3game";
import { z } from "zod";

/** The section `[[Plugin.Broker.broker_redis]]`. */
export const redisConfig = z.object({
  /** Name or address of the server; of a cluster any of its nodes, which pass messages on to each other. */
  Host: z.string().min(1, { error: "write the name or address of the server" }).default("127.0.0.1"),
  /** Port of the server. */
  Port: z.int().min(1).max(65535).default(6379),
  /** User name, where the server has more than the default one. */
  User: z.string().optional(),
  /** The password, where the server wants one. */
  Auth: secret().optional(),
  /** Connects with TLS. */
  TLS: z.boolean().default(false),
});

export type RedisConfig = z.output<typeof redisConfig>;
