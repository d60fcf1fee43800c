import { create, type DescField, type Message, ScalarType } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbKey, DbTable } from "../db.ts";

/** A value that rows are compared and found by. Absent is less than any other. */
export type FieldValue = DbKey | boolean | undefined;

/** True for a field that rows may be found by. */
export function isSearchable(field: DescField): boolean {
  return field.fieldKind === "enum" || (field.fieldKind === "scalar" && field.scalar !== ScalarType.BYTES);
}

/** True for a field that may be the key of a table. */
export function isKey(field: DescField): boolean {
  const none: readonly unknown[] = [ScalarType.BOOL, ScalarType.BYTES, ScalarType.FLOAT, ScalarType.DOUBLE];
  return field.fieldKind === "scalar" && !none.includes(field.scalar);
}

/** The value of a searchable field. */
export function readField(message: Message, field: DescField): FieldValue {
  const reflected = reflect(field.parent, message, false);
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT && !reflected.isSet(field)) return undefined;
  const value: unknown = reflected.get(field);
  return isComparable(value) ? value : undefined;
}

/** The value as `readField` gives it. Throws INVALID_ARGUMENT when the field can't hold it. */
export function checkValue(field: DescField, value: DbKey | boolean): DbKey | boolean {
  const message = reflect(field.parent, create(field.parent));
  try {
    message.set(field, is64Bit(field) ? toBigInt(field, value) : value);
  } catch (cause) {
    throw new M3Error(Code.INVALID_ARGUMENT, `${typeof value} ${String(value)} is no value of ${field}`, { cause });
  }
  const held = readField(message.message, field);
  if (held === undefined) throw new M3Error(Code.INVALID_ARGUMENT, `rows can't be found by ${field}`);
  return typeof held === "number" && field.scalar === ScalarType.FLOAT ? Math.fround(held) : held;
}

/** The key of a row as the store's maps hold it. Throws INVALID_ARGUMENT. */
export function checkKey({ key: field }: DbTable, key: DbKey): DbKey {
  const checked = checkValue(field, key);
  if (typeof checked !== "boolean") return checked;
  throw new M3Error(Code.INVALID_ARGUMENT, `${field} can't be the key of a table`);
}

/** Negative, 0 or positive, for two values of one field. NaN is greater than any other. */
export function compareValues(a: FieldValue, b: FieldValue): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function is64Bit(field: DescField): boolean {
  return field.scalar !== undefined && ScalarType[field.scalar].endsWith("64");
}

function toBigInt(field: DescField, value: unknown): bigint {
  if (typeof value === "bigint") return value;
  // An option of the field makes its message hold decimal text.
  if (typeof value === "string" && "longAsString" in field && field.longAsString) return BigInt(value);
  throw new Error("a 64-bit integer is a bigint");
}

function isComparable(value: unknown): value is DbKey | boolean {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}
