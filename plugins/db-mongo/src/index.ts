import { definePlugin } from "m3game";
import { mongoConfig } from "./config.ts";
import { connectMongo } from "./connect-mongo.ts";
import { MongoDb } from "./mongo-db.ts";

/**
 * The store on MongoDB servers, `[[Plugin.DB.db_mongo]]`. A server must answer at the start; afterwards connections are
 * restored for as long as it takes, and while no server can be reached calls fail with PLUGIN_FAILED. Rejects with
 * PLUGIN_FAILED when no server can be reached or the credentials are refused.
 */
export const dbMongo = definePlugin({
  kind: "db",
  name: "db_mongo",
  config: mongoConfig,
  create: async (config, context) => new MongoDb(await connectMongo(config, context), config, context),
});

export default dbMongo;
