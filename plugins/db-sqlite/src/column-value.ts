import type { DescField } from "@bufbuild/protobuf";
import { checkValue, type FieldKind, type FieldValue, type ValueCodec } from "m3game/internal";
import type { SqlValue } from "./protocol.ts";

const two63 = 2n ** 63n;

/**
 * The value of a field as its column holds it. Two kinds of values have no number in SQLite: integers from 2^63 on and
 * NaN are stored as their 8 bytes, which SQLite sorts after all numbers.
 */
export const columnValues: ValueCodec<SqlValue> = { encode: toColumn, decode: fromColumn };

function toColumn(field: DescField, kind: FieldKind, value: unknown): SqlValue {
  const checked = checkValue(field, kind, value);
  switch (typeof checked) {
    case "boolean":
      return Number(checked);
    case "bigint":
      return checked < two63 ? checked : eightBytes((view) => view.setBigUint64(0, checked));
    case "number":
      return Number.isNaN(checked) ? eightBytes((view) => view.setFloat64(0, checked)) : checked;
    case "object":
      // A copy: the caller may change it before it has left, and a part of a larger buffer would take all of it along.
      return new Uint8Array(checked);
    default:
      return checked;
  }
}

function fromColumn(field: DescField, kind: FieldKind, value: SqlValue): FieldValue {
  if (value === null) throw new Error(`NULL is no value of ${field}`);
  return checkValue(field, kind, toValue(kind, value));
}

function toValue(kind: FieldKind, value: Exclude<SqlValue, null>): unknown {
  switch (kind) {
    case "bool":
      return value === 0n || value === 1n ? value === 1n : value;
    case "int32":
      return typeof value === "bigint" ? Number(value) : value;
    case "uint64":
      return value instanceof Uint8Array && value.length === 8 ? viewOf(value).getBigUint64(0) : value;
    case "double":
      return value instanceof Uint8Array && value.length === 8 ? viewOf(value).getFloat64(0) : value;
    default:
      return value;
  }
}

function eightBytes(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(8);
  write(viewOf(bytes));
  return bytes;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
