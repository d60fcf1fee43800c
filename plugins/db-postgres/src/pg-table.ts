import type { DbRow, DbTable } from "m3game";
import { type FieldSet, TableCodec } from "m3game/internal";
import { columnType, columnValues, type PgValue } from "./column-value.ts";
import { PreparedTexts } from "./prepared-text.ts";
import { quote } from "./quote.ts";

/** A row as it comes from the server: its version, then the columns that were asked for. */
export type PgRow = readonly (string | null)[];

/** A prepared table: its name and columns in statements. */
export class PgTable extends TableCodec<PgValue> {
  /** With the schema. */
  readonly sql: string;
  readonly key: string;
  readonly keyType: string;
  readonly statements = new PreparedTexts();
  readonly #names: ReadonlyMap<number, string>;

  constructor(table: DbTable, schema: string, names: ReadonlyMap<number, string>) {
    super(table, columnValues);
    this.#names = names;
    this.sql = `${quote(schema)}.${quote(table.name)}`;
    this.key = this.column(table.key.number);
    this.keyType = columnType(table.key);
  }

  column(number: number): string {
    const name = this.#names.get(number);
    if (name === undefined) throw new Error(`table ${this.table.name} has no column for field ${number}`);
    return quote(name);
  }

  columns({ codecs }: FieldSet<PgValue>): readonly string[] {
    return codecs.map(({ field }) => this.column(field.number));
  }

  /** Throws DATA_LOSS when it can't be decoded. */
  decodeRow(key: PgValue, fields: FieldSet<PgValue>, [version, ...values]: PgRow): DbRow {
    return this.decode(key, fields, values, version == null ? undefined : BigInt(version));
  }
}
