import { checkValue, escapeNul, type FieldKind, type FieldValue, unescapeNul, type ValueCodec } from "m3game/internal";
import { Double } from "mongodb";

/** A value as the driver takes and gives it. `null` is none: it stands for an absent field. */
export type MongoValue = boolean | number | bigint | string | Double | Uint8Array | typeof minusInfinity;

/**
 * Less than all numbers. MongoDB has one, but not all that speak its protocol do; it is stored as `null`, which sorts
 * before all numbers too.
 */
export const minusInfinity = Symbol("-Infinity");

/** Sort after all numbers, in this order. */
export const aboveNumbers = ["Infinity", "NaN"] as const;

/**
 * The value of a field as a document holds it. What has no number in all servers is text: unsigned 64-bit integers of 20
 * digits, and what is above all numbers. Minus zero is the integer zero, which is equal to zero.
 */
export const mongoValues: ValueCodec<MongoValue> = {
  encode: (field, kind, value) => toMongo(kind, checkValue(field, kind, value)),
  decode: (field, kind, value) => checkValue(field, kind, fromMongo(kind, value)),
};

function toMongo(kind: FieldKind, value: FieldValue): MongoValue {
  switch (typeof value) {
    case "string":
      return escapeNul(value);
    case "object":
      return Buffer.from(value);
    case "bigint":
      return kind === "uint64" ? String(value).padStart(20, "0") : value;
    case "number":
      return kind === "double" ? toDouble(value) : value;
    default:
      return value;
  }
}

function toDouble(value: number): MongoValue {
  if (Object.is(value, -0)) return 0n;
  if (value === Number.NEGATIVE_INFINITY) return minusInfinity;
  return Number.isFinite(value) ? new Double(value) : String(value);
}

function fromMongo(kind: FieldKind, value: MongoValue): unknown {
  switch (kind) {
    case "string":
      return typeof value === "string" ? unescapeNul(value) : value;
    case "bytes":
      return value instanceof Uint8Array ? new Uint8Array(value) : value;
    case "uint64":
      return typeof value === "string" && /^\d{20}$/.test(value) ? BigInt(value) : value;
    case "double":
      if (value === minusInfinity) return Number.NEGATIVE_INFINITY;
      if (value === "Infinity" || value === "NaN") return Number(value);
      return value === 0n ? -0 : value;
    default:
      return value;
  }
}

/** The value as it stands in a document. */
export function toBson(value: MongoValue): unknown {
  return value === minusInfinity ? null : value;
}

/** A document's value; `null` when the field is not there. */
export function fromBson(value: unknown): MongoValue | null {
  if (value === undefined) return null;
  if (value === null) return minusInfinity;
  if (isValue(value)) return value;
  throw new Error(`a ${typeof value} is no value that the plugin stores`);
}

function isValue(value: unknown): value is boolean | number | bigint | string | Uint8Array {
  return ["boolean", "number", "bigint", "string"].includes(typeof value) || value instanceof Uint8Array;
}
