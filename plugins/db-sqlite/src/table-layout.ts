import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { Code, type DbTable, M3Error } from "m3game";
import { columnKind, fieldType, isOptional } from "./field-type.ts";
import type { ColumnLayout } from "./protocol.ts";

const tableName = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

/** True for a field that rows may be found by. */
function isSearchable(field: DescField): boolean {
  return field.fieldKind === "enum" || (field.fieldKind === "scalar" && field.scalar !== ScalarType.BYTES);
}

/** Throws when the table can't be stored: INVALID_ARGUMENT for its name, FAILED_PRECONDITION for its fields. */
export function checkTable({ name, schema, key, indexed }: DbTable): void {
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

export function keyLayout(field: DescField): ColumnLayout {
  const { number, name } = field;
  const primary = { string: "TEXT PRIMARY KEY NOT NULL", uint64: "ANY PRIMARY KEY NOT NULL" };
  const kind = columnKind(field);
  const declaration = kind === "string" || kind === "uint64" ? primary[kind] : "INTEGER PRIMARY KEY";
  return { number, name, type: `key ${fieldType(field)}`, declaration };
}

export function columnLayout(field: DescField): ColumnLayout {
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
