import { type DescField, ScalarType } from "@bufbuild/protobuf";
import type { ColumnKind } from "./field-type.ts";
import type { SqlValue } from "./protocol.ts";

const two63 = 2n ** 63n;

/**
 * The value of a scalar or enum field as its column holds it. Throws when the field can't have the value. Two kinds of
 * values have no number in SQLite: integers from 2^63 on and NaN are stored as their 8 bytes, which SQLite sorts after
 * all numbers.
 */
export function toColumn(field: DescField, kind: ColumnKind, value: unknown): SqlValue {
  switch (kind) {
    case "bool":
      if (typeof value === "boolean") return Number(value);
      break;
    case "int32":
      if (isInt32(field, value)) return value;
      break;
    case "int64":
      if (typeof value === "bigint" && value >= -two63 && value < two63) return value;
      break;
    case "uint64":
      if (typeof value !== "bigint" || value < 0n || value >= 2n * two63) break;
      return value < two63 ? value : eightBytes((view) => view.setBigUint64(0, value));
    case "double":
      if (typeof value !== "number") break;
      if (Number.isNaN(value)) return eightBytes((view) => view.setFloat64(0, value));
      return field.scalar === ScalarType.FLOAT ? Math.fround(value) : value;
    case "string":
      if (typeof value === "string" && value.isWellFormed()) return value;
      break;
    case "bytes":
      // A copy: the caller may change it before it has left, and a part of a larger buffer would take all of it along.
      if (value instanceof Uint8Array) return new Uint8Array(value);
  }
  throw new Error(`${typeof value} ${String(value)} is no value of ${field}`);
}

/** The value of a scalar or enum field that its column holds. Throws when it can't be one. */
export function fromColumn(
  field: DescField,
  kind: ColumnKind,
  value: SqlValue,
): boolean | number | bigint | string | Uint8Array {
  switch (kind) {
    case "bool":
      if (value === 0n || value === 1n) return value === 1n;
      break;
    case "int32":
      if (typeof value === "bigint" && isInt32(field, Number(value))) return Number(value);
      break;
    case "int64":
      if (typeof value === "bigint") return value;
      break;
    case "uint64":
      if (typeof value === "bigint" && value >= 0n) return value;
      if (value instanceof Uint8Array && value.length === 8) return viewOf(value).getBigUint64(0);
      break;
    case "double":
      if (typeof value === "number") return value;
      if (value instanceof Uint8Array && value.length === 8) return viewOf(value).getFloat64(0);
      break;
    case "string":
      if (typeof value === "string") return value;
      break;
    case "bytes":
      if (value instanceof Uint8Array) return value;
  }
  throw new Error(`${value === null ? "NULL" : `a ${typeof value}`} is no value of ${field}`);
}

function isInt32(field: DescField, value: unknown): value is number {
  if (typeof value !== "number") return false;
  const isUnsigned = field.scalar === ScalarType.UINT32 || field.scalar === ScalarType.FIXED32;
  return isUnsigned ? value >>> 0 === value : (value | 0) === value;
}

function eightBytes(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(8);
  write(viewOf(bytes));
  return bytes;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
