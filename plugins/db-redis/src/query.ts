import type { DescField } from "@bufbuild/protobuf";
import { Code, type DbPage, type DbQuery, type DbRow, M3Error } from "m3game";
import { checkQuery, decodeCursor, encodeCursor } from "m3game/internal";
import { keyBytes, keyOf, valueBytes } from "./index-member.ts";
import { type IndexRange, isInside, lexBounds, rangesOf } from "./index-range.ts";
import type { Keys, Partition } from "./keys.ts";
import type { RedisArgument } from "./redis-link.ts";
import type { RedisTable, TableIndex } from "./redis-table.ts";
import { toBuffers, toValues } from "./reply.ts";

export type Send = (key: string, args: RedisArgument[]) => Promise<unknown>;

/** Rows that a filter leaves are read and sorted here up to this number, else the index of the order is gone through. */
const maxCandidates = 5000;
/** How many rows are read in one go. */
const step = 500;

interface Condition {
  readonly field: DescField;
  readonly ranges: readonly IndexRange[];
}

interface Found {
  readonly row: DbRow;
  /** Its member in the index of the order. */
  readonly member: Buffer;
}

/** One query, on all partitions. */
export class Query {
  readonly #table: RedisTable;
  readonly #query: DbQuery;
  readonly #send: Send;
  readonly #order: DescField;
  readonly #conditions: readonly Condition[];
  /** What is looked for in the index of the order: what is left of it behind the cursor. */
  readonly #left: IndexRange;

  /** Throws UNIMPLEMENTED and INVALID_ARGUMENT as the contract has it. */
  constructor(table: RedisTable, query: DbQuery, send: Send) {
    checkQuery(table.table, query);
    this.#table = table;
    this.#query = query;
    this.#send = send;
    this.#order = query.orderBy?.field ?? table.table.key;
    this.#conditions = query.filters.map((filter) => ({ field: filter.field, ranges: this.#ranges(filter) }));
    this.#left = this.#behindCursor();
  }

  async run(keys: Keys): Promise<DbPage> {
    const { limit } = this.#query;
    const found = (await Promise.all(keys.partitions.map((partition) => this.#find(partition)))).flat();
    const direction = this.#query.orderBy?.descending ? -1 : 1;
    found.sort((a, b) => direction * Buffer.compare(a.member, b.member));
    const rows = found.slice(0, limit).map(({ row }) => row);
    const last = rows.at(-1);
    if (last === undefined || found.length <= limit) return { rows };
    return { rows, cursor: encodeCursor(this.#table.table, this.#query, last.message) };
  }

  #ranges(filter: DbQuery["filters"][number]): readonly IndexRange[] {
    try {
      return rangesOf(this.#table.table, filter);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new M3Error(Code.INVALID_ARGUMENT, `table ${this.#table.table.name}: ${text}`, { cause });
    }
  }

  #behindCursor(): IndexRange {
    const { table } = this.#table;
    const position = decodeCursor(table, this.#query);
    const all = { from: Buffer.alloc(0), to: undefined };
    if (position === undefined) return all;
    const key = keyBytes(table.key, position.key);
    const value = this.#order === table.key ? [] : [valueBytes(this.#order, position.order)];
    const member = Buffer.concat([...value, key]);
    return this.#query.orderBy?.descending
      ? { ...all, to: member }
      : { ...all, from: Buffer.concat([member, Buffer.of(0)]) };
  }

  /** Up to one row more than the page holds, of one partition. */
  async #find(partition: Partition): Promise<readonly Found[]> {
    const best = await this.#mostSelective(partition);
    if (best !== undefined) {
      const members = await Promise.all(best.ranges.map((range) => this.#members(partition, best.field, range)));
      return this.#readAll(partition, best.field, members.flat());
    }
    return this.#scan(partition);
  }

  /** The condition that leaves few rows, if there is one. */
  async #mostSelective(partition: Partition): Promise<Condition | undefined> {
    let best: { readonly condition: Condition; readonly count: number } | undefined;
    for (const condition of this.#conditions) {
      const index = this.#indexKey(partition, condition.field);
      const counts = condition.ranges.map((range) => this.#send(index, ["ZLEXCOUNT", index, ...lexBounds(range)]));
      const count = (await Promise.all(counts)).reduce<number>((sum, reply) => sum + Number(reply), 0);
      if (best === undefined || count < best.count) best = { condition, count };
    }
    return best !== undefined && best.count <= maxCandidates ? best.condition : undefined;
  }

  /** Goes through the index of the order until the page is full. */
  async #scan(partition: Partition): Promise<readonly Found[]> {
    const { limit } = this.#query;
    const found: Found[] = [];
    let left = this.#left;
    while (found.length <= limit) {
      const members = await this.#members(partition, this.#order, left, step);
      found.push(...(await this.#readAll(partition, this.#order, members)));
      const last = members.at(-1);
      if (last === undefined || members.length < step) break;
      left = this.#query.orderBy?.descending
        ? { ...left, to: last }
        : { ...left, from: Buffer.concat([last, Buffer.of(0)]) };
    }
    return found;
  }

  async #members(partition: Partition, by: DescField, range: IndexRange, count?: number): Promise<readonly Buffer[]> {
    const index = this.#indexKey(partition, by);
    const [low, high] = lexBounds(range);
    const limit = count === undefined ? [] : ["LIMIT", "0", String(count)];
    const args = this.#query.orderBy?.descending
      ? ["ZREVRANGEBYLEX", index, high, low, ...limit]
      : ["ZRANGEBYLEX", index, low, high, ...limit];
    return toBuffers(await this.#send(index, args));
  }

  async #readAll(partition: Partition, by: DescField, members: readonly Buffer[]): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (let from = 0; from < members.length; from += step) {
      const part = members.slice(from, from + step);
      const rows = await Promise.all(part.map((member) => this.#read(partition, by, member)));
      found.push(...rows.filter((row) => row !== undefined));
    }
    return found;
  }

  /** The row, if it is still what the query is for: it may have changed since the index was read. */
  async #read(partition: Partition, by: DescField, member: Buffer): Promise<Found | undefined> {
    const { table, codec } = this.#table;
    const key = keyOf(table.key, by === table.key ? undefined : by, member);
    const encoded = codec.encodeKey(key);
    const fields = codec.fields();
    const indexes = [...new Set([this.#order, ...this.#conditions.map(({ field }) => field)])].filter(
      (field) => field !== table.key,
    );
    const memberFields = indexes.map((field) => this.#index(field).memberField);
    const name = partition.row(table.name, String(encoded));
    const names = [...memberFields, "_ver", ...this.#table.namesOf(fields)];
    const values = toValues(await this.#send(name, ["HMGET", name, ...names]));
    const row = this.#table.decode(encoded, fields, values.slice(memberFields.length));
    if (row === undefined) return undefined;
    const memberOf = (field: DescField) =>
      field === table.key ? keyBytes(field, key) : (values[indexes.indexOf(field)] ?? Buffer.alloc(0));
    const ordered = memberOf(this.#order);
    if (!isInside(ordered, this.#left)) return undefined;
    const isWanted = this.#conditions.every(({ field, ranges }) =>
      ranges.some((range) => isInside(memberOf(field), range)),
    );
    return isWanted ? { row, member: ordered } : undefined;
  }

  #index(field: DescField): TableIndex {
    const index = this.#table.schema.indexes.find(({ number }) => number === field.number);
    if (index === undefined) throw new Error(`table ${this.#table.table.name} has no index of ${field}`);
    return index;
  }

  #indexKey(partition: Partition, field: DescField): string {
    const { table } = this.#table;
    return field === table.key ? partition.keyIndex(table.name) : partition.index(table.name, field.number);
  }
}
