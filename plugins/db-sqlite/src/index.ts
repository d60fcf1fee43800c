import { definePlugin } from "m3game";
import { sqliteConfig } from "./config.ts";
import { SqliteDb } from "./sqlite-db.ts";
import { openInWorker } from "./worker-database.ts";

/** How long a process waits for others that write to the file. Each of them holds it for milliseconds. */
const lockTimeoutMs = 10_000;

/**
 * The store in an SQLite file, `[[Plugin.DB.db_sqlite]]`, in a thread of its own. Several apps and processes of one
 * machine may share the file. What is written at once is committed together. Rejects with PLUGIN_FAILED when the file
 * can't be opened and written to, DATA_LOSS when it is no database or damaged.
 */
export const dbSqlite = definePlugin({
  kind: "db",
  name: "db_sqlite",
  config: sqliteConfig,
  create: async (config, context) => {
    const options = { file: config.File, durability: config.Durability, lockTimeoutMs };
    return new SqliteDb(await openInWorker(options, context.log), config.File);
  },
});

export default dbSqlite;

export { backupStore } from "./backup/backup-store.ts";
export type { BackupManifest } from "./backup/manifest.ts";
export type { NewerContents } from "./backup/newer-than-copy.ts";
export { describeNewer, type RestoredStore, type RestoreOptions, restoreStore } from "./backup/restore-store.ts";
