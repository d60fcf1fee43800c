import type { DescField } from "@bufbuild/protobuf";
import { type Column, createColumn } from "./column.ts";
import type { ColumnList } from "./protocol.ts";

/** Some columns of a table. */
export interface ColumnSet {
  readonly columns: readonly Column[];
  readonly list: ColumnList;
}

const maxSets = 500;

/** The columns of a table for any of its fields, without the key. */
export class ColumnSets {
  readonly all: ColumnSet;
  readonly #columns: ReadonlyMap<DescField, Column>;
  readonly #sets = new Map<string, ColumnSet>();

  constructor(key: DescField, fields: readonly DescField[]) {
    const others = fields.filter((field) => field !== key);
    this.#columns = new Map(others.map((field) => [field, createColumn(field)]));
    this.all = this.#make(others);
  }

  /** The columns of these fields: one field of a oneof stands for all of it. */
  of(fields: readonly DescField[]): ColumnSet {
    const name = nameOf(fields);
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    if (this.#sets.size >= maxSets) this.#sets.clear();
    const set = this.#make(fields);
    this.#sets.set(name, set);
    return set;
  }

  #make(fields: readonly DescField[]): ColumnSet {
    const whole = new Set(fields.flatMap((field) => field.oneof?.fields ?? [field]));
    // In one order, so that the same fields are the same statement.
    const columns = [...whole].sort((a, b) => a.number - b.number).flatMap((field) => this.#columns.get(field) ?? []);
    return { columns, list: nameOf(columns.map(({ field }) => field)) };
  }
}

function nameOf(fields: readonly DescField[]): string {
  let name = "";
  for (const { number } of fields) name += name === "" ? number : `,${number}`;
  return name;
}
