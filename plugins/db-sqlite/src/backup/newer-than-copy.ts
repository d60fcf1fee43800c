import type { DatabaseSync } from "node:sqlite";
import { Query } from "../statements.ts";
import { quote } from "../table-names.ts";
import { tableNames } from "./store-contents.ts";

/** What a store has that a copy of it has not. */
export interface NewerContents {
  /** Rows that are new, or were written again, since the copy was made. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  /** Rows were deleted, or claims taken, since the copy was made. */
  readonly hasMore: boolean;
}

const laterFences = `SELECT 1 FROM main._m3_fence AS fence LEFT JOIN copy._m3_fence AS old USING (claim)
  WHERE old.claim IS NULL OR (fence.epoch, fence.counter) > (old.epoch, old.counter) LIMIT 1`;
const laterDeletes = `SELECT 1 FROM main._m3_table AS now LEFT JOIN copy._m3_table AS old USING (name)
  WHERE now.last_deleted > coalesce(old.last_deleted, 0) LIMIT 1`;
const keyColumn = "SELECT column_name FROM main._m3_field WHERE table_name = ? AND type LIKE 'key %'";

/** Compares the store of a connection with the copy in the file `copy`. */
export function newerThanCopy(database: DatabaseSync, copy: string): NewerContents {
  new Query(database, "ATTACH DATABASE ? AS copy").row([copy]);
  try {
    const copied = new Set(
      new Query(database, "SELECT name FROM copy._m3_table").rows([]).map(([name]) => String(name)),
    );
    const tables = tableNames(database).map((name) => ({ name, rows: newerRows(database, name, copied.has(name)) }));
    return {
      tables: tables.filter(({ rows }) => rows > 0),
      hasMore: [laterFences, laterDeletes].some((sql) => new Query(database, sql).row([]) !== undefined),
    };
  } finally {
    database.exec("DETACH DATABASE copy");
  }
}

function newerRows(database: DatabaseSync, name: string, isCopied: boolean): number {
  const table = quote(name);
  const key = quote(String(new Query(database, keyColumn).row([name])?.[0]));
  const same = `SELECT 1 FROM copy.${table} AS old WHERE old.${key} = now.${key} AND old._ver >= now._ver`;
  const condition = isCopied ? `WHERE NOT EXISTS (${same})` : "";
  const [count] = new Query(database, `SELECT count(*) FROM main.${table} AS now ${condition}`).row([]) ?? [];
  return Number(count);
}
