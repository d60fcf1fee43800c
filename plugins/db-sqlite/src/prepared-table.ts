import { create, type DescField, type Message, ScalarType } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { Code, type DbKey, type DbRow, type DbTable, M3Error } from "m3game";
import { type ColumnSet, ColumnSets } from "./column-set.ts";
import { fromColumn, toColumn } from "./column-value.ts";
import { type ColumnKind, columnKind, fieldType, isOptional } from "./field-type.ts";
import type { ColumnLayout, RowData, SqlValue, TableLayout } from "./protocol.ts";

const tableName = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

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
      indexed: table.indexed.map(({ number }) => number),
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
      for (let index = columns.length - 1; index >= 0; index--) columns[index]?.decode(values[index] ?? null, target);
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

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for a field that rows may be found by. */
function isSearchable(field: DescField): boolean {
  return field.fieldKind === "enum" || (field.fieldKind === "scalar" && field.scalar !== ScalarType.BYTES);
}

function checkTable({ name, schema, key, indexed }: DbTable): void {
  if (!tableName.test(name)) {
    const allowed = "letters, digits and underscores, beginning with a letter, at most 48";
    throw new M3Error(Code.INVALID_ARGUMENT, `${JSON.stringify(name)} is no name for a table: use ${allowed}`);
  }
  const unfit = (text: string) => new M3Error(Code.FAILED_PRECONDITION, `table ${name}: ${text}`);
  if (!["int32", "int64", "uint64", "string"].includes(columnKind(key)) || key.fieldKind !== "scalar") {
    throw unfit(`${key} can't be the key: use a string or an integer`);
  }
  for (const field of indexed) if (!isSearchable(field)) throw unfit(`rows can't be found by ${field}`);
  for (const field of schema.fields) {
    if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) {
      throw unfit(`${field} is required, which a stored field can't be: make it optional`);
    }
  }
}

function keyLayout(field: DescField): ColumnLayout {
  const { number, name } = field;
  const primary = { string: "TEXT PRIMARY KEY NOT NULL", uint64: "ANY PRIMARY KEY NOT NULL" };
  const kind = columnKind(field);
  const declaration = kind === "string" || kind === "uint64" ? primary[kind] : "INTEGER PRIMARY KEY";
  return { number, name, type: `key ${fieldType(field)}`, declaration };
}

function columnLayout(field: DescField): ColumnLayout {
  const { number, name } = field;
  return { number, name, type: fieldType(field), declaration: declarationOf(field) };
}

/** A field that is never absent has its zero value in the rows that were there before it. */
function declarationOf(field: DescField): string {
  const hasZero = (field.fieldKind === "scalar" || field.fieldKind === "enum") && !isOptional(field);
  const withZero = (type: string, zero: string) => (hasZero ? `${type} DEFAULT ${zero}` : type);
  switch (columnKind(field)) {
    case "bool":
    case "int32":
    case "int64":
      return withZero("INTEGER", "0");
    case "uint64":
      return withZero("ANY", "0");
    case "double":
      return withZero("ANY", "0.0");
    case "string":
      return withZero("TEXT", "''");
    case "bytes":
      return withZero("BLOB", "x''");
  }
}
