import { dbPostgres } from "@m3game/db-postgres";
import { pluginContext } from "../entity/open-store.ts";
import { emptyPostgres } from "./empty-server.ts";
import { heroes } from "./hero.ts";
import { measuresOf, storeOperations } from "./measures.ts";

export const { read, create, update, batch } = measuresOf(async ({ services }) => {
  const { hostname: Host, port } = await emptyPostgres(services);
  const config = dbPostgres.config.parse({ Host, Port: Number(port), Schema: "bench" });
  const db = await dbPostgres.create(config, pluginContext);
  await db.prepare([heroes]);
  return storeOperations(db);
});
