import type { DatabaseSync } from "node:sqlite";
import type { ColumnList, TableLayout } from "../protocol.ts";
import { Change, Query, StatementCache } from "../statements.ts";
import { TableNames } from "../table-names.ts";

/** How many rows an update of many changes. */
export const rowsAtOnce = 50;

/** The statements of one table. */
export class StoredTable {
  readonly #database: DatabaseSync;
  readonly #layout: TableLayout;
  readonly names: TableNames;
  /** Version and columns; takes the key. */
  readonly reads = new StatementCache((columns) => new Query(this.#database, this.names.selectRow(columns)));
  /** Version and columns; named by columns, a blank, and what follows the table's name. */
  readonly queries = new StatementCache((name) => {
    const columns = name.slice(0, name.indexOf(" "));
    return new Query(this.#database, this.names.select(columns, name.slice(columns.length + 1)));
  });
  /** Takes key and columns and returns the version, no row when there is one already. */
  readonly creates = new StatementCache((columns) => new Query(this.#database, this.#create(columns)));
  /** Takes columns, key and version. */
  readonly updates = new StatementCache((columns) => new Change(this.#database, this.#update(columns)));
  /** Takes key, version and columns, so many times. A row that is named twice is changed once. */
  readonly updatesOfMany = new StatementCache((columns) => new Change(this.#database, this.#updateOfMany(columns)));
  /** Takes key and version. */
  readonly delete: Change;
  /** Takes the version of a row that was deleted, above which new rows begin. */
  readonly raiseLastDeleted: Change;
  /** The version; takes the key. */
  readonly version: Query;

  constructor(database: DatabaseSync, layout: TableLayout, names: ReadonlyMap<number, string>) {
    this.#database = database;
    this.#layout = layout;
    this.names = new TableNames(layout, names);
    const { table, key } = this.names;
    this.delete = new Change(database, `DELETE FROM ${table} WHERE ${key} = ? AND _ver = ?`);
    this.raiseLastDeleted = new Change(
      database,
      `UPDATE _m3_table SET last_deleted = max(last_deleted, ?) WHERE name = '${layout.name}'`,
    );
    this.version = new Query(database, this.names.selectRow(""));
  }

  #create(columns: ColumnList): string {
    const { table, key } = this.names;
    const names = this.names.columns(columns);
    const version = `(SELECT last_deleted + 1 FROM _m3_table WHERE name = '${this.#layout.name}')`;
    return `INSERT INTO ${table} (${[key, ...names, "_ver"].join(", ")})
      VALUES (?, ${names.map(() => "?, ").join("")}${version})
      ON CONFLICT DO NOTHING RETURNING _ver`;
  }

  #update(columns: ColumnList): string {
    const { table, key } = this.names;
    const changes = [...this.names.columns(columns).map((name) => `${name} = ?`), "_ver = _ver + 1"];
    return `UPDATE ${table} SET ${changes.join(", ")} WHERE ${key} = ? AND _ver = ?`;
  }

  #updateOfMany(columns: ColumnList): string {
    const { table, key } = this.names;
    const names = this.names.columns(columns);
    const changes = [...names.map((name, index) => `${name} = _new.column${index + 3}`), "_ver = _ver + 1"];
    const row = `(?, ?${", ?".repeat(names.length)})`;
    const rows = Array.from({ length: rowsAtOnce }, () => row).join(", ");
    return `UPDATE ${table} SET ${changes.join(", ")} FROM (VALUES ${rows}) AS _new
      WHERE ${table}.${key} = _new.column1 AND _ver = _new.column2`;
  }
}
