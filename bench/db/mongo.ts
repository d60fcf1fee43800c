import { dbMongo } from "@m3game/db-mongo";
import { pluginContext } from "../entity/open-store.ts";
import { emptyMongo } from "./empty-server.ts";
import { heroes } from "./hero.ts";
import { measuresOf, storeOperations } from "./measures.ts";

export const { read, create, update, batch } = measuresOf(async ({ services }) => {
  const config = dbMongo.config.parse({ URI: await emptyMongo(services), DataBase: "bench" });
  const db = await dbMongo.create(config, pluginContext);
  await db.prepare([heroes]);
  return storeOperations(db);
});
