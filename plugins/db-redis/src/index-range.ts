import type { DescField } from "@bufbuild/protobuf";
import type { DbFilter, DbKey, DbTable } from "m3game";
import { bytesAfter, keyBytes, valueBytes } from "./index-member.ts";
import type { RedisArgument } from "./redis-link.ts";

/** Members from `from` on and before `to`, where there is one. */
export interface IndexRange {
  readonly from: Buffer;
  readonly to: Buffer | undefined;
}

/** The members that fulfil a filter: in one of these ranges of the index by its field. Throws for a misfit. */
export function rangesOf(table: DbTable, filter: DbFilter): readonly IndexRange[] {
  const { field } = filter;
  if ("equal" in filter) return [equalRange(table, field, filter.equal)];
  if ("in" in filter) {
    const ranges = filter.in.map((value) => equalRange(table, field, value));
    // A value that is named twice is found once.
    return [...new Map(ranges.map((range) => [range.from.toString("latin1"), range])).values()];
  }
  const bytes = (value: DbKey) => (field === table.key ? keyBytes(field, value) : valueBytes(field, value));
  const from = filter.from === undefined ? undefined : bytes(filter.from);
  const to = filter.to === undefined ? undefined : bytes(filter.to);
  // Absent values are before all others, and fulfil none.
  const first = field === table.key ? Buffer.alloc(0) : Buffer.of(1);
  return [{ from: from ?? first, to }];
}

function equalRange(table: DbTable, field: DescField, value: DbKey | boolean): IndexRange {
  if (field !== table.key) {
    const from = valueBytes(field, value);
    return { from, to: bytesAfter(from) };
  }
  const from = keyBytes(field, value);
  return { from, to: Buffer.concat([from, Buffer.of(0)]) };
}

export function isInside(member: Buffer, { from, to }: IndexRange): boolean {
  return Buffer.compare(member, from) >= 0 && (to === undefined || Buffer.compare(member, to) < 0);
}

/** The bounds as ZRANGEBYLEX takes them. */
export function lexBounds({ from, to }: IndexRange): [RedisArgument, RedisArgument] {
  const low = from.length === 0 ? "-" : Buffer.concat([Buffer.from("["), from]);
  return [low, to === undefined ? "+" : Buffer.concat([Buffer.from("("), to])];
}
