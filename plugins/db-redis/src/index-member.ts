import type { DescField } from "@bufbuild/protobuf";
import type { DbKey } from "m3game";
import { checkValue, escapeNul, type FieldValue, fieldKind } from "m3game/internal";

// What rows are ordered by, as bytes that sort as the values do. An index holds, for each row, the value and then the
// key, so that rows with equal values are in the order of their keys.

const absent = Buffer.of(0);
const two63 = 2n ** 63n;

/** The value's part of a member, for one that may be absent. */
export function valueBytes(field: DescField, value: unknown): Buffer {
  if (value === undefined) return absent;
  const kind = fieldKind(field);
  return Buffer.concat([Buffer.of(1), scalarBytes(checkValue(field, kind, value), kind === "uint64")]);
}

/** The key's part, which is all of a member in the index by key. */
export function keyBytes(field: DescField, key: unknown): Buffer {
  const kind = fieldKind(field);
  const checked = checkValue(field, kind, key);
  return typeof checked === "string" ? Buffer.from(checked) : scalarBytes(checked, kind === "uint64");
}

/** The key in a member: what is behind the value's part, if the index is by a field. */
export function keyOf(key: DescField, by: DescField | undefined, member: Buffer): DbKey {
  return decodeKey(key, by === undefined ? member : member.subarray(valueLength(by, member)));
}

/** The first bytes that sort after all that begin with these; undefined when there are none. */
export function bytesAfter(prefix: Buffer): Buffer | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  if (length === 0) return undefined;
  const after = Buffer.from(prefix.subarray(0, length));
  after[length - 1] = (after[length - 1] ?? 0) + 1;
  return after;
}

function scalarBytes(value: FieldValue, isUnsigned: boolean): Buffer {
  switch (typeof value) {
    case "boolean":
      return Buffer.of(Number(value));
    case "number":
      return numberBytes(value);
    case "bigint": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(isUnsigned ? value : value + two63);
      return bytes;
    }
    case "string":
      return Buffer.from(`${escapeNul(value)}\0`);
    default:
      throw new Error("rows can't be ordered by bytes");
  }
}

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  // Both zeros are equal, and NaN is above all.
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  if (Number.isNaN(value)) return bytes.fill(0xff);
  if (value < 0) for (let index = 0; index < 8; index++) bytes[index] = ~(bytes[index] ?? 0);
  else bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes;
}

function valueLength(field: DescField, member: Buffer): number {
  if (member[0] === 0) return 1;
  const kind = fieldKind(field);
  if (kind === "string") return member.indexOf(0, 1) + 1;
  return kind === "bool" ? 2 : 9;
}

function decodeKey(field: DescField, bytes: Buffer): DbKey {
  switch (fieldKind(field)) {
    case "string":
      return bytes.toString();
    case "uint64":
      return bytes.readBigUInt64BE();
    case "int64":
      return bytes.readBigUInt64BE() - two63;
    default: {
      const copy = Buffer.from(bytes);
      if (((copy[0] ?? 0) & 0x80) === 0) for (let index = 0; index < 8; index++) copy[index] = ~(copy[index] ?? 0);
      else copy[0] = (copy[0] ?? 0) & 0x7f;
      return copy.readDoubleBE();
    }
  }
}
