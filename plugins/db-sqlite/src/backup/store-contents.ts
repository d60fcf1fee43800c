import type { DatabaseSync } from "node:sqlite";
import { Query } from "../statements.ts";
import { quote } from "../table-names.ts";
import { unfit } from "../worker/problem.ts";

/** What is in the file of a store. */
export interface StoreContents {
  /** The layout of the plugin's own tables. */
  readonly format: number;
  /** Fences of sessions of before have this epoch at most. */
  readonly epoch: bigint;
  /** The lease store that it met last; empty: none. */
  readonly lease: string;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly fences: number;
  /** The newest of all fences, `epoch.counter`; empty where there is none. */
  readonly highestFence: string;
}

/** Reads what is in a file; in a transaction all of it belongs together. Throws when the file is no store. */
export function storeContents(database: DatabaseSync): StoreContents {
  if (new Query(database, "SELECT 1 FROM sqlite_schema WHERE name = '_m3_store'").row([]) === undefined)
    throw unfit("it is no store of db_sqlite: it has no table _m3_store");
  const [format, epoch, lease] = new Query(database, "SELECT format, epoch, lease FROM _m3_store").row([]) ?? [];
  if (typeof epoch !== "bigint") throw unfit("it has lost its epoch");
  const newest = "SELECT epoch, counter FROM _m3_fence ORDER BY epoch DESC, counter DESC LIMIT 1";
  return {
    ...{ format: Number(format), epoch, lease: typeof lease === "string" ? lease : "" },
    tables: tableNames(database).map((name) => ({ name, rows: countRows(database, name) })),
    fences: countRows(database, "_m3_fence"),
    highestFence: new Query(database, newest).row([])?.join(".") ?? "",
  };
}

/** The entities' tables. */
export function tableNames(database: DatabaseSync): readonly string[] {
  return new Query(database, "SELECT name FROM _m3_table ORDER BY name").rows([]).map(([name]) => String(name));
}

/** Throws when SQLite finds the file damaged. */
export function checkIntegrity(database: DatabaseSync): void {
  const [first] = new Query(database, "PRAGMA integrity_check(1)").row([]) ?? [];
  if (first !== "ok") throw unfit(`it is damaged: ${first}`);
}

function countRows(database: DatabaseSync, table: string): number {
  const [count] = new Query(database, `SELECT count(*) FROM ${quote(table)}`).row([]) ?? [];
  return Number(count);
}
