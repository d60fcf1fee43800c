import { type Logger, silentLogger } from "m3game";
import { SqliteDb } from "../../src/sqlite-db.ts";
import { openInWorker } from "../../src/worker-database.ts";
import { heroes } from "./hero.ts";

/** Opens a file as the plugin does, with the table of heroes prepared. */
export async function openDb(file: string, log: Logger = silentLogger): Promise<SqliteDb> {
  const db = new SqliteDb(await openInWorker({ file, durability: "full", lockTimeoutMs: 10_000 }, log), file);
  await db.prepare([heroes]);
  return db;
}
