import { secret } from "m3game";
import { z } from "zod";

/** The section `[[Plugin.DB.db_redis]]`. */
export const redisConfig = z.object({
  /** Name or address of the server; of a cluster any of its nodes. */
  Host: z.string().min(1, { error: "write the name or address of the server" }).default("127.0.0.1"),
  /** Port of the server. */
  Port: z.int().min(1).max(65535).default(6379),
  /** User name, where the server has more than the default one. */
  User: z.string().optional(),
  /** The password, where the server wants one. */
  Auth: secret().optional(),
  /** Connects with TLS. */
  TLS: z.boolean().default(false),
  /** The server is a Redis Cluster. */
  Cluster: z.boolean().default(false),
  /** What all keys begin with, in braces: stores with different prefixes share nothing. */
  Prefix: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, { error: "use letters, digits, _, . and -, at most 64" })
    .default("m3"),
  /**
   * Into how many parts the rows are spread, each on one node of a cluster. With 1 the writes of an actor are one
   * transaction; with more they are one for each part. Can't be changed once there is data.
   */
  Partitions: z.int().min(1).max(1024).default(1),
  /** Of the original's pool: of no effect, one connection carries all calls. */
  MaxIdle: z.int().optional(),
  /** Of the original's pool: of no effect, one connection carries all calls. */
  MaxActive: z.int().optional(),
});

export type RedisConfig = z.output<typeof redisConfig>;
