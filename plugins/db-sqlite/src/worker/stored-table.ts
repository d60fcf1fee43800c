import type { DatabaseSync } from "node:sqlite";
import type { ColumnList, TableLayout } from "../protocol.ts";
import { Change, Query, StatementCache } from "./statements.ts";

/** How many rows an update of many changes. */
export const rowsAtOnce = 50;

/** The statements of one table. */
export class StoredTable {
  readonly #database: DatabaseSync;
  readonly #layout: TableLayout;
  /** The columns' names by the fields' numbers. */
  readonly #names: ReadonlyMap<number, string>;
  readonly #table: string;
  /** The key's column. */
  readonly key: string;
  /** Version and columns; takes the key. */
  readonly reads = new StatementCache((columns) => this.query(columns, `WHERE ${this.key} = ?`));
  /** Version and columns; named by columns, a blank, and what follows the table's name. */
  readonly queries = new StatementCache((name) => {
    const columns = name.slice(0, name.indexOf(" "));
    return this.query(columns, name.slice(columns.length + 1));
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
    this.#names = names;
    this.#table = quote(layout.name);
    this.key = this.column(layout.key.number);
    this.delete = new Change(database, `DELETE FROM ${this.#table} WHERE ${this.key} = ? AND _ver = ?`);
    this.raiseLastDeleted = new Change(
      database,
      `UPDATE _m3_table SET last_deleted = max(last_deleted, ?) WHERE name = '${layout.name}'`,
    );
    this.version = new Query(database, `SELECT _ver FROM ${this.#table} WHERE ${this.key} = ?`);
  }

  /** Version and columns, with what follows the table's name. */
  query(columns: ColumnList, rest: string): Query {
    const selected = ["_ver", ...this.#columns(columns)].join(", ");
    return new Query(this.#database, `SELECT ${selected} FROM ${this.#table} ${rest}`);
  }

  column(number: number): string {
    const name = this.#names.get(number);
    if (name === undefined) throw new Error(`table ${this.#layout.name} has no column for field ${number}`);
    return quote(name);
  }

  #create(columns: ColumnList): string {
    const names = this.#columns(columns);
    const version = `(SELECT last_deleted + 1 FROM _m3_table WHERE name = '${this.#layout.name}')`;
    return `INSERT INTO ${this.#table} (${[this.key, ...names, "_ver"].join(", ")})
      VALUES (?, ${names.map(() => "?, ").join("")}${version})
      ON CONFLICT DO NOTHING RETURNING _ver`;
  }

  #update(columns: ColumnList): string {
    const changes = [...this.#columns(columns).map((name) => `${name} = ?`), "_ver = _ver + 1"];
    return `UPDATE ${this.#table} SET ${changes.join(", ")} WHERE ${this.key} = ? AND _ver = ?`;
  }

  #updateOfMany(columns: ColumnList): string {
    const names = this.#columns(columns);
    const changes = [...names.map((name, index) => `${name} = _new.column${index + 3}`), "_ver = _ver + 1"];
    const row = `(?, ?${", ?".repeat(names.length)})`;
    const rows = Array.from({ length: rowsAtOnce }, () => row).join(", ");
    return `UPDATE ${this.#table} SET ${changes.join(", ")} FROM (VALUES ${rows}) AS _new
      WHERE ${this.#table}.${this.key} = _new.column1 AND _ver = _new.column2`;
  }

  #columns(columns: ColumnList): readonly string[] {
    return columns === "" ? [] : columns.split(",").map((number) => this.column(Number(number)));
  }
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
