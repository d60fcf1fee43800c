import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { reasonError } from "../meta/error.ts";
import type { DbKey } from "../plugin/db.ts";

/** The smallest and the largest value of each type that an integer key may have. */
const ranges = new Map<ScalarType, readonly [bigint, bigint]>(
  (
    [
      [[ScalarType.INT32, ScalarType.SINT32, ScalarType.SFIXED32], -(2n ** 31n), 2n ** 31n - 1n],
      [[ScalarType.UINT32, ScalarType.FIXED32], 0n, 2n ** 32n - 1n],
      [[ScalarType.INT64, ScalarType.SINT64, ScalarType.SFIXED64], -(2n ** 63n), 2n ** 63n - 1n],
      [[ScalarType.UINT64, ScalarType.FIXED64], 0n, 2n ** 64n - 1n],
    ] as const
  ).flatMap(([types, from, to]) => types.map((type) => [type, [from, to]])),
);

/** True for what has the type of some key. */
export function isDbKey(value: unknown): value is DbKey {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint";
}

/** True for a field that can be a key: a single string or integer, in no oneof. */
export function canBeKey(field: DescField): boolean {
  if (field.fieldKind !== "scalar" || field.oneof !== undefined) return false;
  return field.scalar === ScalarType.STRING || ranges.has(field.scalar);
}

/**
 * A key as the field's type has it in a message. An integer may be given as a number, a bigint or decimal text as
 * JavaScript writes it: no sign but a minus, no leading zeros, so that two texts never mean one row. Throws
 * ENTITY_INVALID.
 */
export function toKey(field: DescField, key: DbKey): DbKey {
  const range = field.scalar === undefined ? undefined : ranges.get(field.scalar);
  if (range === undefined) {
    if (typeof key === "string") return key;
    throw invalid(field, key, "a string");
  }
  const value = toInteger(key);
  const [from, to] = range;
  if (value === undefined || value < from || value > to) {
    throw invalid(field, key, `an integer from ${from} to ${to}, as decimal text where it is text`);
  }
  if (field.fieldKind === "scalar" && field.longAsString) return value.toString();
  return from < -(2n ** 31n) || to >= 2n ** 32n ? value : Number(value);
}

function toInteger(key: DbKey): bigint | undefined {
  switch (typeof key) {
    case "bigint":
      return key;
    case "number":
      return Number.isSafeInteger(key) ? BigInt(key) : undefined;
    default:
      return /^(0|-?[1-9][0-9]{0,19})$/.test(key) ? BigInt(key) : undefined;
  }
}

function invalid(field: DescField, key: DbKey, allowed: string): Error {
  const shown = typeof key === "string" ? JSON.stringify(key) : String(key);
  return reasonError(
    "ENTITY_INVALID",
    `${shown} is no key of ${field.parent.typeName}: ${field.name} takes ${allowed}; ` +
      "declare how an actor's id becomes a key with `key` of defineEntity",
  );
}
