import { definePlugin } from "m3game";
import { postgresConfig } from "./config.ts";
import { PgConnections } from "./pg-connections.ts";
import { PostgresDb } from "./postgres-db.ts";

/**
 * The store on a PostgreSQL server, `[[Plugin.DB.db_postgres]]`. The first connection must succeed; those that break later
 * are replaced, and while the server is away calls fail with PLUGIN_FAILED. Rejects with PLUGIN_FAILED when the server
 * can't be reached or used, or refuses the credentials.
 */
export const dbPostgres = definePlugin({
  kind: "db",
  name: "db_postgres",
  config: postgresConfig,
  create: async (config, context) => {
    const connections = await PgConnections.open(config, context);
    try {
      return await PostgresDb.open(connections, config, context);
    } catch (error) {
      await connections[Symbol.asyncDispose]();
      throw error;
    }
  },
});

export default dbPostgres;
