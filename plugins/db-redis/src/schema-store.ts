import { create, type DescField } from "@bufbuild/protobuf";
import { Code, type DbTable, M3Error } from "m3game";
import { growFields, type StoredField } from "m3game/internal";
import { valueBytes } from "./index-member.ts";
import type { Keys } from "./keys.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { indexedValue, type TableIndex, type TableSchema } from "./redis-table.ts";
import { toList } from "./reply.ts";
import { growScript, revisionScript } from "./scripts.ts";

interface StoredSchema {
  readonly name: string | undefined;
  readonly revision: number;
  readonly fields: readonly StoredField[];
  readonly indexes: readonly Omit<TableIndex, "field">[];
}

export interface GrownSchema extends TableSchema {
  /** Indexes that do not hold all rows yet. */
  readonly unbuilt: readonly TableIndex[];
}

/** What the store knows of its tables: the fields, and which of them have an index. Apps that write have to know it. */
export class SchemaStore {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** Enters what the store lacks of a table. Throws FAILED_PRECONDITION when it does not fit what is there. */
  async grow(table: DbTable): Promise<GrownSchema> {
    for (;;) {
      const stored = await this.#read(table.name);
      if (stored.name !== undefined && stored.name !== table.name) {
        throw new M3Error(
          Code.FAILED_PRECONDITION,
          `the store has a table ${stored.name} already, which is not ${table.name}: use another name`,
        );
      }
      const { missing } = growFields(table, stored.fields, ["_ver"]);
      const known = new Set(stored.indexes.map(({ number }) => number));
      const unindexed = table.indexed.filter((field) => field !== table.key && !known.has(field.number));
      if (missing.length === 0 && unindexed.length === 0) {
        await this.#announce(table.name, stored.revision);
        return { ...toSchema(table, stored), unbuilt: await this.#unbuilt(table, stored) };
      }
      const pairs = [
        ...["name", table.name],
        ...missing.flatMap(({ number, name, type }) => [`field:${number}`, JSON.stringify([name, type])]),
        ...unindexed.flatMap((field) => [`index:${field.number}`, defaultBytes(field).toString("hex")]),
      ];
      await this.#connection.run(growScript, [this.#keys.schema(table.name)], [String(stored.revision), ...pairs]);
    }
  }

  /** What is there now. */
  async read(table: DbTable): Promise<TableSchema> {
    return toSchema(table, await this.#read(table.name));
  }

  /** Remembers that an index holds all rows. */
  async markBuilt(table: DbTable, { number }: TableIndex): Promise<void> {
    const key = this.#keys.schema(table.name);
    await this.#connection.send(key, ["HSET", key, `built:${number}`, "1"]);
  }

  async #unbuilt(table: DbTable, stored: StoredSchema): Promise<readonly TableIndex[]> {
    const key = this.#keys.schema(table.name);
    const { indexes } = toSchema(table, stored);
    if (indexes.length === 0) return [];
    const names = indexes.map(({ number }) => `built:${number}`);
    const built = toList(await this.#connection.send(key, ["HMGET", key, ...names]));
    return indexes.filter(({ field }, place) => field !== undefined && built[place] === null);
  }

  /** From here on nobody writes who does not know this revision. */
  async #announce(table: string, revision: number): Promise<void> {
    await Promise.all(
      this.#keys.partitions.map((partition) =>
        this.#connection.run(revisionScript, [partition.table(table)], [String(revision)]),
      ),
    );
  }

  async #read(table: string): Promise<StoredSchema> {
    const key = this.#keys.schema(table);
    const reply = toList(await this.#connection.send(key, ["HGETALL", key])).map(String);
    const fields: StoredField[] = [];
    const indexes: Omit<TableIndex, "field">[] = [];
    let name: string | undefined;
    let revision = 0;
    for (let place = 0; place < reply.length; place += 2) {
      const [kind, number] = (reply[place] ?? "").split(":");
      const value = reply[place + 1] ?? "";
      if (kind === "name") name = value;
      if (kind === "revision") revision = Number(value);
      if (kind === "field") {
        const [stored, type] = JSON.parse(value);
        fields.push({ number: Number(number), name: String(stored), type: String(type) });
      }
      if (kind === "index") {
        const defaultValue = Buffer.from(value, "hex");
        // No field's name has a colon.
        indexes.push({ number: Number(number), memberField: `_index:${number}`, defaultValue });
      }
    }
    return { name, revision, fields, indexes: indexes.sort((a, b) => a.number - b.number) };
  }
}

function toSchema({ schema }: DbTable, { revision, fields, indexes }: StoredSchema): TableSchema {
  return {
    revision,
    names: new Map(fields.map(({ number, name }) => [number, name])),
    indexes: indexes.map((index) => ({
      ...index,
      field: schema.fields.find(({ number }) => number === index.number),
    })),
  };
}

function defaultBytes(field: DescField): Buffer {
  return valueBytes(field, indexedValue(field, create(field.parent)));
}
