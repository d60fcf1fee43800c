import type { DescField, Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { DbKey, DbRow, DbTable } from "m3game";
import { type FieldSet, isOptional, TableCodec } from "m3game/internal";
import { keyBytes, valueBytes } from "./index-member.ts";
import type { RedisArgument } from "./redis-link.ts";
import { redisValues } from "./redis-value.ts";

/** An index as the store knows it, be it of a field that this app's schema lacks. */
export interface TableIndex {
  readonly number: number;
  /** The field of a row that holds its member. */
  readonly memberField: string;
  /** The value's part of a member for rows that lack the field. */
  readonly defaultValue: Buffer;
  /** Undefined when this app does not know it. */
  readonly field: DescField | undefined;
}

/** What the store knows of a table. */
export interface TableSchema {
  readonly revision: number;
  /** The names of its fields in rows, by their numbers. */
  readonly names: ReadonlyMap<number, string>;
  readonly indexes: readonly TableIndex[];
}

/** What an update changes of a row, beside its version. */
export interface RowChange {
  /** Pairs of name and value. */
  readonly set: readonly RedisArgument[];
  readonly remove: readonly string[];
  /** Pairs of the place of an index, from 1 on, and the member in it. */
  readonly members: readonly RedisArgument[];
}

/** A prepared table. */
export class RedisTable {
  readonly table: DbTable;
  readonly codec: TableCodec<RedisArgument>;
  /** Replaced when another app has changed it. */
  schema: TableSchema;

  constructor(table: DbTable, codec: TableCodec<RedisArgument>, schema: TableSchema) {
    this.table = table;
    this.codec = codec;
    this.schema = schema;
  }

  /** The names of the fields in rows. */
  namesOf({ codecs }: FieldSet<RedisArgument>): string[] {
    return codecs.map(({ field }) => this.nameOf(field.number));
  }

  nameOf(number: number): string {
    const name = this.schema.names.get(number);
    if (name === undefined) throw new Error(`table ${this.table.name} has no field ${number}`);
    return name;
  }

  /** What to write of the message: the fields of a set, or all of a new row. Throws INVALID_ARGUMENT. */
  change(key: DbKey, message: Message, fields: FieldSet<RedisArgument>, isNew: boolean): RowChange {
    const values: (RedisArgument | null)[] = [];
    this.codec.encode(message, fields, values);
    const set: RedisArgument[] = [];
    const remove: string[] = [];
    for (const [index, { field }] of fields.codecs.entries()) {
      const value = values[index] ?? null;
      const name = this.nameOf(field.number);
      if (value !== null) set.push(name, value);
      else if (!isNew) remove.push(name);
    }
    const members: RedisArgument[] = [];
    const changed = new Set(fields.codecs.map(({ field }) => field));
    for (const [place, index] of this.schema.indexes.entries()) {
      if (!isNew && (index.field === undefined || !changed.has(index.field))) continue;
      const member = Buffer.concat([this.#valueBytes(index, message), keyBytes(this.table.key, key)]);
      set.push(index.memberField, member);
      members.push(String(place + 1), member);
    }
    return { set, remove, members };
  }

  /** The row of this key from its version and fields, undefined when it is not there. Throws DATA_LOSS. */
  decode(
    key: RedisArgument,
    fields: FieldSet<RedisArgument>,
    [version, ...values]: readonly (Buffer | null)[],
  ): DbRow | undefined {
    if (version === null || version === undefined) return undefined;
    const text = version.toString();
    return this.codec.decode(key, fields, values, /^\d+$/.test(text) ? BigInt(text) : undefined);
  }

  #valueBytes({ field, defaultValue }: TableIndex, message: Message): Buffer {
    if (field === undefined) return defaultValue;
    return valueBytes(field, indexedValue(field, message));
  }
}

/** How the rows of a table are encoded. Throws INVALID_ARGUMENT and FAILED_PRECONDITION for a table that can't be stored. */
export function redisCodec(table: DbTable): TableCodec<RedisArgument> {
  return new TableCodec(table, redisValues);
}

/** The value of a searchable field, undefined when it is absent. */
export function indexedValue(field: DescField, message: Message): unknown {
  const source = reflect(field.parent, message, false);
  return isOptional(field) && !source.isSet(field) ? undefined : source.get(field);
}
