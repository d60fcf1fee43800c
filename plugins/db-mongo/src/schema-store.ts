import { create, type DescField } from "@bufbuild/protobuf";
import { Code, type DbTable, M3Error } from "m3game";
import { checkTable, growFields, isOptional, type StoredField } from "m3game/internal";
import type { Collection, Db as Database } from "mongodb";
import { isDuplicate } from "./mongo-error.ts";
import { MongoTable } from "./mongo-table.ts";
import { reservedNames } from "./row-document.ts";

interface TableDocument {
  /** The table's name in small letters. */
  readonly _id: string;
  readonly name: string;
  readonly revision: number;
  readonly fields: readonly StoredField[];
}

/** What the store knows of its tables. */
export class SchemaStore {
  readonly #database: Database;
  readonly #tables: Collection<TableDocument>;

  constructor(database: Database) {
    this.#database = database;
    this.#tables = database.collection("_m3_table");
  }

  /** Enters what the store lacks of a table. Throws FAILED_PRECONDITION when it does not fit what is there. */
  async prepare(table: DbTable): Promise<MongoTable> {
    checkTable(table);
    const prepared = new MongoTable(table, this.#database, await this.#grow(table));
    for (const field of table.indexed) {
      if (field === table.key) continue;
      const name = prepared.nameOf(field.number);
      await prepared.collection.createIndex({ [name]: 1, _id: 1 });
      if (!isOptional(field)) await this.#fill(prepared, field);
    }
    return prepared;
  }

  async #grow(table: DbTable): Promise<ReadonlyMap<number, string>> {
    const _id = table.name.toLowerCase();
    for (;;) {
      const stored = await this.#tables.findOne({ _id });
      if (stored !== null && stored.name !== table.name) {
        throw new M3Error(
          Code.FAILED_PRECONDITION,
          `the store has a table ${stored.name} already, which is not ${table.name}: use another name`,
        );
      }
      const { names, missing } = growFields(table, stored?.fields ?? [], reservedNames);
      if (missing.length === 0) return names;
      const fields = [...(stored?.fields ?? []), ...missing];
      try {
        if (stored === null) await this.#tables.insertOne({ _id, name: table.name, revision: 1, fields });
        else {
          const { revision } = stored;
          await this.#tables.updateOne({ _id, revision }, { $set: { fields, revision: revision + 1 } });
        }
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    }
  }

  /** A field that is never absent has its zero value in old rows, which have to be found by it. */
  async #fill(prepared: MongoTable, field: DescField): Promise<void> {
    const set = prepared.fields([field]);
    const values: Parameters<MongoTable["encode"]>[2] = [];
    prepared.encode(create(field.parent), set, values);
    const zero = prepared.split(set, values).set;
    const filter = { [prepared.nameOf(field.number)]: { $exists: false }, _gone: { $exists: false } };
    await prepared.collection.updateMany(filter, { $set: zero });
  }
}
