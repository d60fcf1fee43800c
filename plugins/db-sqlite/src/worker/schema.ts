import type { DatabaseSync } from "node:sqlite";
import type { ColumnLayout, TableLayout } from "../protocol.ts";
import { Change, Query } from "../statements.ts";
import { quote } from "../table-names.ts";
import { unfit } from "./problem.ts";

/**
 * Makes a table, or adds the columns and indexes that it lacks, and returns the names of all its columns by the numbers
 * of their fields. Columns that the layout does not know stay. To be called in a transaction, to be undone when it throws.
 */
export function prepareTable(database: DatabaseSync, layout: TableLayout): ReadonlyMap<number, string> {
  const known = readColumns(database, layout);
  const names = new Map([...known].map(([number, { name }]) => [number, name]));
  for (const column of [layout.key, ...layout.columns]) checkType(layout, column, known.get(column.number)?.type);
  const missing = [layout.key, ...layout.columns].filter(({ number }) => !names.has(number));
  for (const { number, name } of missing) names.set(number, freeName(number, name, [...names.values()]));

  const declare = ({ number, declaration }: ColumnLayout) => `${quote(names.get(number) ?? "")} ${declaration}`;
  if (known.size === 0) createTable(database, layout, missing.map(declare));
  else {
    for (const column of missing) database.exec(`ALTER TABLE ${quote(layout.name)} ADD COLUMN ${declare(column)}`);
  }
  const enter = new Change(database, "INSERT INTO _m3_field VALUES (?, ?, ?, ?)");
  for (const { number, type } of missing) enter.run([layout.name, number, names.get(number) ?? "", type]);
  createIndexes(database, layout, names);
  return names;
}

function readColumns(database: DatabaseSync, { name }: TableLayout) {
  const fields = new Query(database, "SELECT number, column_name, type FROM _m3_field WHERE table_name = ?");
  return new Map(
    fields.rows([name]).map(([number, column, type]) => [Number(number), { name: String(column), type: String(type) }]),
  );
}

function checkType({ name, key }: TableLayout, column: ColumnLayout, stored: string | undefined): void {
  if (stored === undefined || stored === column.type) return;
  throw unfit(
    `field ${column.name} of table ${name} is ${column.type}, and was ${stored} when it was stored: ${
      column === key ? "use another table" : "give it a number that no field has had before"
    }`,
  );
}

/** Two fields may have one name over time, and SQLite takes no account of case. */
function freeName(number: number, name: string, taken: readonly string[]): string {
  const isTaken = [...taken, "_ver"].some((other) => other.toLowerCase() === name.toLowerCase());
  return isTaken ? `${name}_${number}` : name;
}

function createTable(database: DatabaseSync, { name }: TableLayout, columns: readonly string[]): void {
  const taken = new Query(database, "SELECT name FROM sqlite_schema WHERE lower(name) = ?").row([name.toLowerCase()]);
  if (taken !== undefined)
    throw unfit(`the file has a table ${taken[0]} already, which is not ${name}: use another name`);
  database.exec(`CREATE TABLE ${quote(name)} (${[...columns, "_ver INTEGER NOT NULL"].join(", ")}) STRICT`);
  new Change(database, "INSERT INTO _m3_table VALUES (?, 0)").run([name]);
}

function createIndexes(database: DatabaseSync, layout: TableLayout, names: ReadonlyMap<number, string>): void {
  const key = quote(names.get(layout.key.number) ?? "");
  for (const number of layout.indexed) {
    const column = names.get(number) ?? "";
    // No table's name has a dot: no other index has this name.
    const index = quote(`${layout.name}.${column}`);
    database.exec(`CREATE INDEX IF NOT EXISTS ${index} ON ${quote(layout.name)} (${quote(column)}, ${key})`);
  }
}
