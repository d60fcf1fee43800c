import type { ColumnList, TableLayout } from "./protocol.ts";

/** A table and its columns as statements name them. */
export class TableNames {
  readonly table: string;
  /** The key's column. */
  readonly key: string;
  readonly #layout: TableLayout;
  readonly #columns: ReadonlyMap<number, string>;

  /** `columns`: their names in the file, by the numbers of their fields. */
  constructor(layout: TableLayout, columns: ReadonlyMap<number, string>) {
    this.#layout = layout;
    this.#columns = columns;
    this.table = quote(layout.name);
    this.key = this.column(layout.key.number);
  }

  column(number: number): string {
    const name = this.#columns.get(number);
    if (name === undefined) throw new Error(`table ${this.#layout.name} has no column for field ${number}`);
    return quote(name);
  }

  columns(list: ColumnList): readonly string[] {
    return list === "" ? [] : list.split(",").map((number) => this.column(Number(number)));
  }

  /** Selects version and columns, with what follows the table's name. */
  select(list: ColumnList, rest: string): string {
    return `SELECT ${["_ver", ...this.columns(list)].join(", ")} FROM ${this.table} ${rest}`;
  }

  /** The same of one row; takes its key. */
  selectRow(list: ColumnList): string {
    return this.select(list, `WHERE ${this.key} = ?`);
  }
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
