import { type DescField, type Message, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbKey, DbRow, DbTable } from "../db.ts";
import { isKey, isSearchable } from "./db-memory-field.ts";
import { decodeRow } from "./db-memory-row.ts";

export interface StoredRow {
  readonly bytes: Uint8Array;
  readonly version: bigint;
}

const tableName = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

/** The rows of one table. */
export class MemoryTable {
  readonly rows = new Map<DbKey, StoredRow>();
  readonly #types = new Map<number, string>();
  /** The greatest version of a row that was deleted. */
  #lastDeleted = 0n;

  /** What the version of a new row has to be: none that an earlier row had. */
  get firstVersion(): bigint {
    return this.#lastDeleted + 1n;
  }

  /** Throws FAILED_PRECONDITION when the table can't be kept, or a field has another type than before. */
  prepare({ name, schema, key, indexed }: DbTable): void {
    if (!tableName.test(name)) {
      const allowed = "letters, digits and underscores, beginning with a letter, at most 48";
      throw new M3Error(Code.INVALID_ARGUMENT, `${JSON.stringify(name)} is no name for a table: use ${allowed}`);
    }
    for (const field of schema.fields) {
      const type = typeOf(field, field === key);
      const known = this.#types.get(field.number) ?? type;
      if (type !== known) throw unfit(`${field} of table ${name} is ${type} and was ${known}: give it a new number`);
      if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) {
        throw unfit(`${field} of table ${name} is required, which a stored field can't be: make it optional`);
      }
    }
    if (!isKey(key)) throw unfit(`${key} can't be the key of table ${name}: use a string or an integer`);
    for (const field of indexed) {
      if (!isSearchable(field))
        throw unfit(`rows of table ${name} can't be found by ${field}: take it out of the index`);
    }
    for (const field of schema.fields) this.#types.set(field.number, typeOf(field, field === key));
  }

  read(table: DbTable, key: DbKey, fields?: readonly DescField[]): DbRow | undefined {
    const row = this.rows.get(key);
    return row && { message: this.decode(table, row, fields), version: row.version };
  }

  decode({ schema, key }: DbTable, row: StoredRow, fields?: readonly DescField[]): Message {
    return decodeRow(row.bytes, schema, fields && [key, ...fields]);
  }

  remove(key: DbKey): void {
    const version = this.rows.get(key)?.version ?? 0n;
    if (version > this.#lastDeleted) this.#lastDeleted = version;
    this.rows.delete(key);
  }
}

function typeOf(field: DescField, isKey: boolean): string {
  const scalars = [field.fieldKind === "map" ? field.mapKey : undefined, field.scalar];
  const parts = [
    isKey && "key",
    field.presence === FeatureSet_FieldPresence.EXPLICIT && "optional",
    field.fieldKind,
    ...scalars.map((scalar) => scalar && ScalarType[scalar].toLowerCase()),
    field.message?.typeName,
  ];
  return parts.filter((part) => typeof part === "string").join(" ");
}

function unfit(message: string): M3Error {
  return new M3Error(Code.FAILED_PRECONDITION, message);
}
