import type { DbRow, DbTable } from "m3game";
import { type FieldSet, TableCodec } from "m3game/internal";
import type { Collection, Db as Database, Document } from "mongodb";
import { fromBson, type MongoValue, mongoValues, toBson } from "./mongo-value.ts";
import type { RowDocument } from "./row-document.ts";

/** A prepared table. */
export class MongoTable extends TableCodec<MongoValue> {
  readonly collection: Collection<RowDocument>;
  readonly #names: ReadonlyMap<number, string>;

  constructor(table: DbTable, database: Database, names: ReadonlyMap<number, string>) {
    super(table, mongoValues);
    this.collection = database.collection<RowDocument>(table.name);
    this.#names = names;
  }

  /** The name of a field in documents. */
  nameOf(number: number): string {
    if (number === this.table.key.number) return "_id";
    const name = this.#names.get(number);
    if (name === undefined) throw new Error(`table ${this.table.name} has no field ${number}`);
    return name;
  }

  /** What to ask for. */
  projection({ codecs }: FieldSet<MongoValue>): Document {
    const names = ["_ver", "_gone", ...codecs.map(({ field }) => this.nameOf(field.number))];
    return Object.fromEntries(names.map((name) => [name, 1]));
  }

  /** The fields of a set as a document holds them: what is there, and the names of what is not. */
  split({ codecs }: FieldSet<MongoValue>, values: readonly (MongoValue | null)[]) {
    const set: Document = {};
    const unset: Document = {};
    for (const [index, { field }] of codecs.entries()) {
      const value = values[index] ?? null;
      const name = this.nameOf(field.number);
      if (value === null) unset[name] = "";
      else set[name] = toBson(value);
    }
    return { set, unset };
  }

  /** Undefined when there is no row. Throws DATA_LOSS when it can't be decoded. */
  decodeDocument(fields: FieldSet<MongoValue>, document: RowDocument | null): DbRow | undefined {
    if (document === null || document._gone === true) return undefined;
    const values = fields.codecs.map(({ field }) => fromBson(document[this.nameOf(field.number)]));
    return this.decode(document._id, fields, values, document._ver);
  }
}
