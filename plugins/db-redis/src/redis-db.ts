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
import { checkScope, StoreCalls, TableRegistry } from "m3game/internal";
import type { RedisConfig } from "./config.ts";
import { FenceStore, fenced } from "./fence-store.ts";
import { fenceText } from "./fence-text.ts";
import { GroupWriter } from "./group-writer.ts";
import { IndexBuilder } from "./index-builder.ts";
import { Keys } from "./keys.ts";
import { Query } from "./query.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { callError } from "./redis-error.ts";
import type { RedisArgument } from "./redis-link.ts";
import { RedisTable, redisCodec } from "./redis-table.ts";
import { toValues } from "./reply.ts";
import { SchemaStore } from "./schema-store.ts";
import { readScript } from "./scripts.ts";

/** The contract of a store on top of a Redis server. */
export class RedisDb implements QueryableDb {
  readonly isAtomic: boolean;
  readonly #connection: RedisConnection;
  readonly #keys: Keys;
  readonly #calls: StoreCalls;
  readonly #tables = new TableRegistry<RedisTable>();
  readonly #schemas: SchemaStore;
  readonly #fences: FenceStore;
  readonly #writer: GroupWriter;

  constructor(connection: RedisConnection, config: RedisConfig, context: PluginContext) {
    this.isAtomic = config.Partitions === 1;
    const keys = new Keys(config.Prefix, config.Partitions);
    const calls = new StoreCalls({ name: "db_redis", clock: context.clock });
    const schemas = new SchemaStore(connection, keys);
    const fences = new FenceStore(connection, keys, calls);
    this.#connection = connection;
    this.#keys = keys;
    this.#calls = calls;
    this.#schemas = schemas;
    this.#fences = fences;
    this.#writer = new GroupWriter({ connection, keys, calls, tables: this.#tables, schemas, fences });
  }

  async prepare(tables: readonly DbTable[]): Promise<void> {
    const codecs = tables.map((table) => redisCodec(table));
    const builder = new IndexBuilder(this.#connection, this.#keys);
    await this.#read(undefined, async () => {
      for (const codec of codecs) {
        const { table } = codec;
        const schema = await this.#schemas.grow(table);
        const prepared = new RedisTable(table, codec, schema);
        for (const index of schema.unbuilt) {
          await builder.build(prepared, index);
          await this.#schemas.markBuilt(table, index);
        }
        const known = this.#tables.find(table);
        if (known === undefined) this.#tables.add(prepared);
        else known.schema = schema;
      }
    });
  }

  async read(table: DbTable, key: DbKey, { fields, scope, signal }: DbReadOptions = {}): Promise<DbRow | undefined> {
    const prepared = this.#tables.get(table);
    const set = prepared.codec.fields(fields);
    const encoded = prepared.codec.encodeKey(key);
    const names = ["_ver", ...prepared.namesOf(set)];
    const partition = this.#keys.partitionOf(table.name, String(encoded));
    const row = partition.row(table.name, String(encoded));
    if (scope === undefined) {
      const reply = await this.#read(signal, () => this.#connection.send(row, ["HMGET", row, ...names]));
      return prepared.decode(encoded, set, toValues(reply));
    }
    if (this.#keys.partitions.length > 1) await this.#fences.raise(scope, { kind: "read", signal, except: partition });
    const args = [fenceText(checkScope(scope).fence), ...names];
    const reply = await this.#read(signal, () =>
      this.#connection.run(readScript, [partition.fence(scope.claim), row], args),
    );
    if (reply === 0) throw fenced(scope);
    return prepared.decode(encoded, set, toValues(reply));
  }

  async readMany(table: DbTable, query: DbQuery, { signal }: DbCallOptions = {}): Promise<DbPage> {
    const prepared = this.#tables.get(table);
    const send = (key: string, args: RedisArgument[]) => this.#read(signal, () => this.#connection.send(key, args));
    return new Query(prepared, query, send).run(this.#keys);
  }

  write(groups: readonly DbGroup[], options: DbCallOptions = {}) {
    return this.#writer.write(groups, options);
  }

  async raiseFence(scope: DbScope, { signal }: DbCallOptions = {}): Promise<void> {
    await this.#fences.raise(scope, { kind: "write", signal });
  }

  async enterEpoch(lease: string): Promise<bigint> {
    return this.#fences.enterEpoch(lease);
  }

  async raiseEpoch(): Promise<bigint> {
    return this.#fences.enterEpoch(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.close();
    await this.#connection[Symbol.asyncDispose]();
  }

  #read<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    return this.#calls.run({ kind: "read", signal }, async () => {
      try {
        return await call();
      } catch (error) {
        throw callError("read", error);
      }
    });
  }
}
