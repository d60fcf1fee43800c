import type { DescField } from "@bufbuild/protobuf";
import { fieldKind, fieldType, isOptional } from "m3game/internal";
import type { ColumnLayout } from "./protocol.ts";

export function keyLayout(field: DescField): ColumnLayout {
  const { number, name } = field;
  const primary = { string: "TEXT PRIMARY KEY NOT NULL", uint64: "ANY PRIMARY KEY NOT NULL" };
  const kind = fieldKind(field);
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
  switch (fieldKind(field)) {
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
