import { create, type DescField, type Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbKey, DbRow, DbTable } from "../db.ts";
import { checkTable } from "./check-table.ts";
import type { FieldCodec, ValueCodec } from "./field-codec.ts";
import { type FieldKind, fieldKind } from "./field-kind.ts";
import { type FieldSet, FieldSets } from "./field-set.ts";

/** How the rows of a table are encoded for a store that keeps each field as a value of its own. */
export class TableCodec<V> {
  readonly table: DbTable;
  readonly #values: ValueCodec<V>;
  readonly #sets: FieldSets<V>;
  readonly #keyKind: FieldKind;

  /** Throws when the table can't be stored: INVALID_ARGUMENT for its name, FAILED_PRECONDITION for its fields. */
  constructor(table: DbTable, values: ValueCodec<V>) {
    checkTable(table);
    this.table = table;
    this.#values = values;
    this.#sets = new FieldSets(table.key, table.schema.fields, values);
    this.#keyKind = fieldKind(table.key);
  }

  /** All fields but the key when none are given. */
  fields(fields?: readonly DescField[]): FieldSet<V> {
    return fields === undefined ? this.#sets.all : this.#sets.of(fields);
  }

  /** Appends the values of the fields. Throws INVALID_ARGUMENT. */
  encode(message: Message, { codecs }: FieldSet<V>, into: (V | null)[]): void {
    try {
      for (const codec of codecs) into.push(codec.encode(message));
    } catch (error) {
      throw this.#misfit(error);
    }
  }

  /** Throws INVALID_ARGUMENT. */
  encodeKey(key: DbKey): V {
    return this.#encodeValue(this.table.key, this.#keyKind, key);
  }

  /** A value to find rows by. Throws INVALID_ARGUMENT. */
  encodeValue(field: DescField, value: DbKey | boolean): V {
    return this.#encodeValue(field, fieldKind(field), value);
  }

  /** The row of this key with the values of these fields. Throws DATA_LOSS when it can't be decoded. */
  decode(key: V, { codecs }: FieldSet<V>, values: readonly (V | null)[], version: unknown): DbRow {
    try {
      if (typeof version !== "bigint") throw new Error("its version is missing");
      const { schema, key: keyField } = this.table;
      const target = reflect(schema, create(schema), false);
      target.set(keyField, this.#values.decode(keyField, this.#keyKind, key));
      // Backwards: when a schema that does not know all fields of a oneof has set another one, two are there, and the
      // newer field is the stale one.
      for (let index = codecs.length - 1; index >= 0; index--) {
        const codec = codecs[index];
        if (codec !== undefined) decodeField(codec, values[index] ?? null, target);
      }
      return { message: target.message, version };
    } catch (cause) {
      const text = `row ${String(key)} of table ${this.table.name} can't be decoded: ${textOf(cause)}`;
      throw new M3Error(Code.DATA_LOSS, `${text}; repair it or delete it by hand`, { cause });
    }
  }

  #encodeValue(field: DescField, kind: FieldKind, value: DbKey | boolean): V {
    try {
      const isText = field.fieldKind === "scalar" && field.longAsString && typeof value === "string";
      return this.#values.encode(field, kind, isText ? BigInt(value) : value);
    } catch (error) {
      throw this.#misfit(error);
    }
  }

  #misfit(cause: unknown): M3Error {
    const text = `table ${this.table.name}: a value does not fit its field: ${textOf(cause)}`;
    return new M3Error(Code.INVALID_ARGUMENT, text, { cause });
  }
}

function decodeField<V>(codec: FieldCodec<V>, value: V | null, target: ReflectMessage): void {
  try {
    codec.decode(value, target);
  } catch (cause) {
    throw new Error(`field ${codec.field.name}: ${textOf(cause)}`, { cause });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
