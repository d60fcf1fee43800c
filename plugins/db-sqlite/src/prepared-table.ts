import { create, type DescField, type Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { Code, type DbKey, type DbRow, type DbTable, M3Error } from "m3game";
import type { Column } from "./column.ts";
import { type ColumnSet, ColumnSets } from "./column-set.ts";
import { fromColumn, toColumn } from "./column-value.ts";
import { type ColumnKind, columnKind } from "./field-type.ts";
import type { RowData, SqlValue, TableLayout } from "./protocol.ts";
import { checkTable, columnLayout, keyLayout } from "./table-layout.ts";

/** A table as the worker knows it, and how its rows are encoded for it. */
export class PreparedTable {
  readonly layout: TableLayout;
  readonly table: DbTable;
  readonly #sets: ColumnSets;
  readonly #keyKind: ColumnKind;

  /** Throws when the table can't be stored: INVALID_ARGUMENT for its name, FAILED_PRECONDITION for its fields. */
  constructor(id: number, table: DbTable) {
    checkTable(table);
    this.table = table;
    this.#sets = new ColumnSets(table.key, table.schema.fields);
    this.#keyKind = columnKind(table.key);
    this.layout = {
      id,
      name: table.name,
      key: keyLayout(table.key),
      columns: this.#sets.all.columns.map(({ field }) => columnLayout(field)),
      indexed: table.indexed.filter((field) => field !== table.key).map(({ number }) => number),
    };
  }

  /** All columns when no fields are given. */
  columns(fields?: readonly DescField[]): ColumnSet {
    return fields === undefined ? this.#sets.all : this.#sets.of(fields);
  }

  /** Appends the values of the columns. Throws INVALID_ARGUMENT. */
  encode(message: Message, { columns }: ColumnSet, into: SqlValue[]): void {
    try {
      for (const column of columns) into.push(column.encode(message));
    } catch (error) {
      throw this.#misfit(error);
    }
  }

  /** Throws INVALID_ARGUMENT. */
  encodeKey(key: DbKey): SqlValue {
    return this.#encodeValue(this.table.key, this.#keyKind, key);
  }

  /** A value to find rows by. Throws INVALID_ARGUMENT. */
  encodeValue(field: DescField, value: DbKey | boolean): SqlValue {
    return this.#encodeValue(field, columnKind(field), value);
  }

  /** The row whose key's column holds `key`. Throws DATA_LOSS when it can't be decoded. */
  decode(key: SqlValue, { columns }: ColumnSet, [version, ...values]: RowData): DbRow {
    try {
      if (typeof version !== "bigint") throw new Error("its version is missing");
      const { schema, key: keyField } = this.table;
      const target = reflect(schema, create(schema), false);
      target.set(keyField, fromColumn(keyField, this.#keyKind, typeof key === "number" ? BigInt(key) : key));
      // Backwards: when a schema that does not know all fields of a oneof has set another one, two are there, and the
      // newer field is the stale one.
      for (let index = columns.length - 1; index >= 0; index--) {
        const column = columns[index];
        if (column !== undefined) decodeColumn(column, values[index] ?? null, target);
      }
      return { message: target.message, version };
    } catch (cause) {
      const text = `row ${String(key)} of table ${this.table.name} can't be decoded: ${textOf(cause)}`;
      throw new M3Error(Code.DATA_LOSS, `${text}; repair it or delete it by hand`, { cause });
    }
  }

  #encodeValue(field: DescField, kind: ColumnKind, value: DbKey | boolean): SqlValue {
    try {
      const isText = field.fieldKind === "scalar" && field.longAsString && typeof value === "string";
      return toColumn(field, kind, isText ? BigInt(value) : value);
    } catch (error) {
      throw this.#misfit(error);
    }
  }

  #misfit(cause: unknown): M3Error {
    const text = `table ${this.table.name}: a value does not fit its field: ${textOf(cause)}`;
    return new M3Error(Code.INVALID_ARGUMENT, text, { cause });
  }
}

function decodeColumn(column: Column, value: SqlValue, target: ReflectMessage): void {
  try {
    column.decode(value, target);
  } catch (cause) {
    throw new Error(`field ${column.field.name}: ${textOf(cause)}`, { cause });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
