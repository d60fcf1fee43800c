// cspell:ignore autocheckpoint
import { DatabaseSync } from "node:sqlite";
import type { OpenOptions } from "../protocol.ts";
import { whileBusy } from "./busy.ts";
import { unfit } from "./problem.ts";

/** What the layout of our own tables is called. Raised when an older version of this plugin could not read it. */
const format = 1;

// Up to 32 MiB of pages in memory. The log goes into the file when it has 16 MiB: often enough to keep it small, seldom
// enough that a page that is written again and again is copied once.
const sizes = "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096";

const ownTables = `
  CREATE TABLE IF NOT EXISTS _m3_store (
    id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, epoch INTEGER NOT NULL, lease TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS _m3_fence (
    claim TEXT PRIMARY KEY, epoch INTEGER NOT NULL, counter INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS _m3_table (
    name TEXT PRIMARY KEY, last_deleted INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS _m3_field (
    table_name TEXT, number INTEGER, column_name TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (table_name, number)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO _m3_store (id, format, epoch) VALUES (1, ${format}, 0) ON CONFLICT DO NOTHING;
`;

/** Opens the file, or makes it, with our own tables in it. Throws when it can't be written to. */
export function openDatabase({ file, durability, lockTimeoutMs }: OpenOptions): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    const mode = whileBusy(lockTimeoutMs, () => database.prepare("PRAGMA journal_mode = WAL").get());
    if (mode?.journal_mode !== "wal" && mode?.journal_mode !== "memory") {
      throw unfit("the file system of the database can't share memory between processes, which WAL needs");
    }
    database.exec(`PRAGMA synchronous = ${durability.toUpperCase()}; ${sizes}`);
    whileBusy(lockTimeoutMs, () => database.exec("BEGIN IMMEDIATE"));
    database.exec(ownTables);
    const store = database.prepare("SELECT format FROM _m3_store").get();
    if (store?.format !== format)
      throw unfit(`the file was written by a newer version: its format is ${store?.format}`);
    database.exec("COMMIT");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
