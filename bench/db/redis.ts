import { dbRedis } from "@m3game/db-redis";
import { pluginContext } from "../entity/open-store.ts";
import { emptyRedis } from "./empty-server.ts";
import { heroes } from "./hero.ts";
import { measuresOf, storeOperations } from "./measures.ts";

export const { read, create, update, batch } = measuresOf(async ({ services }) => {
  const { hostname: Host, port } = await emptyRedis(services);
  const config = dbRedis.config.parse({ Host, Port: Number(port), Prefix: "bench" });
  const db = await dbRedis.create(config, pluginContext);
  await db.prepare([heroes]);
  return storeOperations(db);
});
