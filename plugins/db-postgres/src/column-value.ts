import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { checkValue, escapeNul, type FieldKind, fieldKind, unescapeNul, type ValueCodec } from "m3game/internal";

/** A value as it travels: text, or the bytes of a `bytea` on the way to the server. */
export type PgValue = string | Buffer;

/** The value of a field as its column holds it: a type of PostgreSQL that has all values of the field's. */
export const columnValues: ValueCodec<PgValue> = {
  encode: (field, kind, value) => {
    const checked = checkValue(field, kind, value);
    if (typeof checked === "string") return escapeNul(checked);
    if (typeof checked === "object") return Buffer.from(checked);
    return Object.is(checked, -0) ? "-0" : String(checked);
  },
  decode: (field, kind, value) => checkValue(field, kind, fromText(kind, String(value))),
};

function fromText(kind: FieldKind, text: string): unknown {
  switch (kind) {
    case "bool":
      return text === "t" ? true : text === "f" ? false : text;
    case "int32":
    case "double":
      return Number(text);
    case "int64":
    case "uint64":
      return BigInt(text);
    case "string":
      return unescapeNul(text);
    case "bytes":
      return new Uint8Array(Buffer.from(text.slice(2), "hex"));
  }
}

/** The type of a field's column. */
export function columnType(field: DescField): string {
  switch (fieldKind(field)) {
    case "bool":
      return "boolean";
    case "int32":
      return field.scalar === ScalarType.UINT32 || field.scalar === ScalarType.FIXED32 ? "bigint" : "integer";
    case "int64":
      return "bigint";
    case "uint64":
      return "numeric";
    case "double":
      return field.scalar === ScalarType.FLOAT ? "real" : "double precision";
    case "string":
      return "text";
    case "bytes":
      return "bytea";
  }
}

/** How a field's column is declared. One that is never absent has its zero value in the rows that were there before it. */
export function columnDeclaration(field: DescField, isAbsentPossible: boolean): string {
  const type = columnType(field);
  // By bytes, which in UTF-8 is by code points.
  const declared = type === "text" ? 'text COLLATE "C"' : type;
  const isSingle = field.fieldKind === "scalar" || field.fieldKind === "enum";
  if (!isSingle || isAbsentPossible) return declared;
  const zero = { boolean: "false", text: "''", bytea: "''" }[type] ?? "0";
  return `${declared} DEFAULT ${zero}`;
}
