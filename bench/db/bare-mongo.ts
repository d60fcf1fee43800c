import { type Document, MongoClient } from "mongodb";
import { emptyMongo } from "./empty-server.ts";
import { heroId, heroValues } from "./hero.ts";
import { measuresOf } from "./measures.ts";

interface HeroDocument extends Document {
  readonly _id: string;
  readonly version: number;
}

/** The MongoDB driver, with versions and no fences. */
export const { read, create, update, batch } = measuresOf(async ({ services }) => {
  const client = new MongoClient(await emptyMongo(services), { writeConcern: { w: "majority" }, maxPoolSize: 16 });
  const collection = client.db("bench").collection<HeroDocument>("bare");
  const operation = (index: number, version: number) => ({
    filter: { _id: heroId(index), version },
    update: { $set: { level: version }, $inc: { version: 1 } },
  });
  return {
    create: async (index) => {
      const { id, experience, ...rest } = heroValues(index);
      await collection.insertOne({ _id: id, experience: String(experience), ...rest, version: 1 });
    },
    read: async (index) => {
      if ((await collection.findOne({ _id: heroId(index) })) === null) throw new Error(`there is no row ${index}`);
    },
    update: async (index, version) => {
      const { filter, update: change } = operation(index, version);
      const { matchedCount } = await collection.updateOne(filter, change);
      if (matchedCount !== 1) throw new Error(`row ${index} was not changed`);
    },
    updateMany: async (from, count, version) => {
      const operations = Array.from({ length: count }, (_, index) => ({ updateOne: operation(from + index, version) }));
      const { matchedCount } = await collection.bulkWrite(operations, { ordered: false });
      if (matchedCount !== count) throw new Error(`${matchedCount} rows were changed`);
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
});
