import { join } from "node:path";
import { dbSqlite } from "@m3game/db-sqlite";
import { pluginContext } from "../entity/open-store.ts";
import { heroes } from "./hero.ts";
import { measuresOf, storeOperations } from "./measures.ts";

export const { read, create, update, batch } = measuresOf(async ({ folder }) => {
  const db = await dbSqlite.create({ File: join(folder, "bench.sqlite"), Durability: "full" }, pluginContext);
  await db.prepare([heroes]);
  return storeOperations(db);
});
