import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbTable } from "../db.ts";
import { fieldKind } from "./field-kind.ts";

const tableName = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

/** Throws when the table can't be stored: INVALID_ARGUMENT for its name, FAILED_PRECONDITION for its fields. */
export function checkTable({ name, schema, key, indexed }: DbTable): void {
  if (!tableName.test(name)) {
    const allowed = "letters, digits and underscores, beginning with a letter, at most 48";
    throw new M3Error(Code.INVALID_ARGUMENT, `${JSON.stringify(name)} is no name for a table: use ${allowed}`);
  }
  const unfit = (text: string) => new M3Error(Code.FAILED_PRECONDITION, `table ${name}: ${text}`);
  if (!["int32", "int64", "uint64", "string"].includes(fieldKind(key)) || key.fieldKind !== "scalar") {
    throw unfit(`${key} can't be the key: use a string or an integer`);
  }
  for (const field of indexed) if (!isSearchable(field)) throw unfit(`rows can't be found by ${field}`);
  for (const field of schema.fields) {
    if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) {
      throw unfit(`${field} is required, which a stored field can't be: make it optional`);
    }
  }
}

/** True for a field that rows may be found by. */
function isSearchable(field: DescField): boolean {
  return field.fieldKind === "enum" || (field.fieldKind === "scalar" && field.scalar !== ScalarType.BYTES);
}
