import { createClient } from "@redis/client";
import { Client } from "pg";
import type { Services } from "../harness/subject.ts";

/** The Redis server, with nothing left of an earlier measurement. */
export async function emptyRedis({ redis }: Services): Promise<URL> {
  const client = createClient({ url: `redis://${redis}` });
  await client.connect();
  for await (const keys of client.scanIterator({ MATCH: "*bench*", COUNT: 1000 })) {
    if (keys.length > 0) await client.unlink(keys);
  }
  client.destroy();
  return new URL(`tcp://${redis}`);
}

/** The PostgreSQL server, with an empty schema `bench`. */
export async function emptyPostgres({ postgres }: Services): Promise<URL> {
  const address = new URL(`tcp://${postgres}`);
  const client = new Client(clientOptions(address));
  await client.connect();
  await client.query("DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench");
  await client.end();
  return address;
}

export function clientOptions({ hostname, port }: URL) {
  return { host: hostname, port: Number(port), user: "postgres", database: "postgres" };
}
