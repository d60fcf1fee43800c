import { type DescField, ScalarType } from "@bufbuild/protobuf";
import type { FieldKind } from "./field-kind.ts";

/** The value of a scalar or enum field; messages, lists and maps are bytes. */
export type FieldValue = boolean | number | bigint | string | Uint8Array;

const two63 = 2n ** 63n;

/** The value if the field can have it, floats rounded to 32 bits. Throws otherwise. */
export function checkValue(field: DescField, kind: FieldKind, value: unknown): FieldValue {
  switch (kind) {
    case "bool":
      if (typeof value === "boolean") return value;
      break;
    case "int32":
      if (isInt32(field, value)) return value;
      break;
    case "int64":
      if (typeof value === "bigint" && value >= -two63 && value < two63) return value;
      break;
    case "uint64":
      if (typeof value === "bigint" && value >= 0n && value < 2n * two63) return value;
      break;
    case "double":
      if (typeof value === "number") return field.scalar === ScalarType.FLOAT ? Math.fround(value) : value;
      break;
    case "string":
      if (typeof value === "string" && value.isWellFormed()) return value;
      break;
    case "bytes":
      if (value instanceof Uint8Array) return value;
  }
  throw new Error(`${typeof value} ${String(value)} is no value of ${field}`);
}

function isInt32(field: DescField, value: unknown): value is number {
  if (typeof value !== "number") return false;
  const isUnsigned = field.scalar === ScalarType.UINT32 || field.scalar === ScalarType.FIXED32;
  return isUnsigned ? value >>> 0 === value : (value | 0) === value;
}
