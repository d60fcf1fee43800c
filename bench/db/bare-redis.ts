import { createClient } from "@redis/client";
import { emptyRedis } from "./empty-server.ts";
import { heroId, heroValues } from "./hero.ts";
import { measuresOf } from "./measures.ts";

/** node-redis with a hash for each row, and nothing checked. */
export const { read, create, update, batch } = measuresOf(async ({ services }) => {
  const { host } = await emptyRedis(services);
  const client = createClient({ url: `redis://${host}` });
  await client.connect();
  const key = (index: number) => `bench:${heroId(index)}`;
  const updateOne = (index: number, version: number) =>
    client.hSet(key(index), { level: String(version), version: String(version + 1) });
  return {
    create: async (index) => {
      const { skills, ...texts } = heroValues(index);
      const fields = Object.entries(texts).flatMap(([name, value]) => [name, String(value)]);
      await client.sendCommand(["HSET", key(index), ...fields, "skills", Buffer.from(skills), "version", "1"]);
    },
    read: async (index) => {
      if ((await client.hGetAll(key(index))).name === undefined) throw new Error(`there is no row ${index}`);
    },
    update: async (index, version) => void (await updateOne(index, version)),
    updateMany: async (from, count, version) => {
      await Promise.all(Array.from({ length: count }, (_, index) => updateOne(from + index, version)));
    },
    [Symbol.asyncDispose]: async () => client.destroy(),
  };
});
