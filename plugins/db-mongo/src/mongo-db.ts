import type {
  DbCallOptions,
  DbGroup,
  DbKey,
  DbPage,
  DbQuery,
  DbReadOptions,
  DbRow,
  DbScope,
  DbTable,
  PluginContext,
  QueryableDb,
} from "m3game";
import { type CallKind, encodeCursor, StoreCalls, TableRegistry } from "m3game/internal";
import type { MongoClient } from "mongodb";
import type { MongoConfig } from "./config.ts";
import { FenceStore, fenced } from "./fence-store.ts";
import { GroupWriter } from "./group-writer.ts";
import { markRow } from "./mark-row.ts";
import { callError } from "./mongo-error.ts";
import type { MongoTable } from "./mongo-table.ts";
import { isFencedBy, ownMark } from "./own-mark.ts";
import { queryFilter } from "./query-filter.ts";
import { SchemaStore } from "./schema-store.ts";

/** The contract of a store on top of a MongoDB server. */
export class MongoDb implements QueryableDb {
  readonly isAtomic = false;
  readonly #client: MongoClient;
  readonly #calls: StoreCalls;
  readonly #tables = new TableRegistry<MongoTable>();
  readonly #schemas: SchemaStore;
  readonly #fences: FenceStore;
  readonly #writer: GroupWriter;

  constructor(client: MongoClient, config: MongoConfig, { clock }: PluginContext) {
    const database = client.db(config.DataBase);
    this.#client = client;
    this.#calls = new StoreCalls({ name: "db_mongo", clock });
    this.#schemas = new SchemaStore(database);
    this.#fences = new FenceStore(database);
    this.#writer = new GroupWriter({ calls: this.#calls, tables: this.#tables, fences: this.#fences });
  }

  async prepare(tables: readonly DbTable[]): Promise<void> {
    await this.#run("read", undefined, async () => {
      for (const table of tables) this.#tables.add(await this.#schemas.prepare(table));
    });
  }

  async read(table: DbTable, key: DbKey, { fields, scope, signal }: DbReadOptions = {}): Promise<DbRow | undefined> {
    const prepared = this.#tables.get(table);
    const set = prepared.fields(fields);
    const id = prepared.encodeKey(key);
    if (typeof id === "symbol") throw new Error("a key is no number");
    const projection = prepared.projection(set);
    const own = scope && ownMark(scope);
    const document = await this.#run("read", signal, async () => {
      if (scope === undefined || own === undefined) return prepared.collection.findOne({ _id: id }, { projection });
      if (!(await this.#fences.tryRaise(own))) throw fenced(scope);
      const found = await markRow(prepared, id, own);
      if (isFencedBy(found, own)) throw fenced(scope);
      return found;
    });
    return prepared.decodeDocument(set, document);
  }

  async readMany(table: DbTable, query: DbQuery, { signal }: DbCallOptions = {}): Promise<DbPage> {
    const prepared = this.#tables.get(table);
    const { filter, sort } = queryFilter(prepared, query);
    const fields = prepared.fields();
    const found = await this.#run("read", signal, () =>
      prepared.collection
        .find(filter, {
          sort,
          limit: query.limit + 1,
          batchSize: query.limit + 2,
          projection: prepared.projection(fields),
        })
        .toArray(),
    );
    const rows = found.slice(0, query.limit).flatMap((document) => prepared.decodeDocument(fields, document) ?? []);
    const last = rows.at(-1);
    if (last === undefined || found.length <= query.limit) return { rows };
    return { rows, cursor: encodeCursor(table, query, last.message) };
  }

  write(groups: readonly DbGroup[], options: DbCallOptions = {}) {
    return this.#writer.write(groups, options);
  }

  async raiseFence(scope: DbScope, { signal }: DbCallOptions = {}): Promise<void> {
    const own = ownMark(scope);
    if (!(await this.#run("write", signal, () => this.#fences.tryRaise(own)))) throw fenced(scope);
  }

  async enterEpoch(lease: string): Promise<bigint> {
    return this.#run("write", undefined, () => this.#fences.enterEpoch(lease));
  }

  async raiseEpoch(): Promise<bigint> {
    return this.#run("write", undefined, () => this.#fences.raiseEpoch());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.close();
    await this.#client.close();
  }

  #run<T>(kind: CallKind, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    return this.#calls.run({ kind, signal }, async () => {
      try {
        return await call();
      } catch (error) {
        throw callError(kind, error);
      }
    });
  }
}
