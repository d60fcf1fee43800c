import { Code, M3Error } from "m3game";
import type { RedisConfig } from "./config.ts";
import { Keys } from "./keys.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { callError, section } from "./redis-error.ts";

/** Remembers into how many partitions the store is split. Throws FAILED_PRECONDITION when it was another number. */
export async function checkPartitions(connection: RedisConnection, { Prefix, Partitions }: RedisConfig): Promise<void> {
  const { store } = new Keys(Prefix, Partitions);
  let known: string;
  try {
    await connection.send(store, ["HSETNX", store, "partitions", String(Partitions)]);
    known = String(await connection.send(store, ["HGET", store, "partitions"]));
  } catch (error) {
    throw callError("read", error);
  }
  if (known === String(Partitions)) return;
  throw new M3Error(
    Code.FAILED_PRECONDITION,
    `the store has ${known} partitions, not ${Partitions}: correct Partitions in ${section}, or use another Prefix`,
  );
}
