import { createClient } from "@redis/client";

const atOnce = 1000;

/** Takes out of Redis what a store with this prefix has left there. */
export async function removeKeys(address: string, prefix: string): Promise<void> {
  const client = await createClient({ url: `redis://${address}` }).connect();
  try {
    for await (const keys of client.scanIterator({ MATCH: `{${prefix}*`, COUNT: atOnce })) {
      if (keys.length > 0) await client.unlink(keys);
    }
  } finally {
    client.destroy();
  }
}
