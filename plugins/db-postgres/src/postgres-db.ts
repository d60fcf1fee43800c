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
import { checkScope, encodeCursor, StoreCalls, TableRegistry } from "m3game/internal";
import type { PostgresConfig } from "./config.ts";
import { Fences } from "./fences.ts";
import { GroupWriter } from "./group-writer.ts";
import type { PgConnections } from "./pg-connections.ts";
import type { PgTable } from "./pg-table.ts";
import { queryStatement } from "./query-statement.ts";
import { SchemaStore } from "./schema-store.ts";

/** The contract of a store on top of a PostgreSQL server. */
export class PostgresDb implements QueryableDb {
  readonly isAtomic = true;
  readonly #connections: PgConnections;
  readonly #calls: StoreCalls;
  readonly #tables = new TableRegistry<PgTable>();
  readonly #schemas: SchemaStore;
  readonly #fences: Fences;
  readonly #writer: GroupWriter;

  /** Makes what the store needs on the server. */
  static async open(connections: PgConnections, config: PostgresConfig, context: PluginContext): Promise<PostgresDb> {
    const db = new PostgresDb(connections, config, context);
    await db.#schemas.begin();
    return db;
  }

  private constructor(connections: PgConnections, { Schema: schema }: PostgresConfig, { clock }: PluginContext) {
    const calls = new StoreCalls({ name: "db_postgres", clock });
    const fences = new Fences(connections, schema);
    this.#connections = connections;
    this.#calls = calls;
    this.#schemas = new SchemaStore(connections, schema);
    this.#fences = fences;
    this.#writer = new GroupWriter({ connections, schema, calls, tables: this.#tables, fences });
  }

  async prepare(tables: readonly DbTable[]): Promise<void> {
    const prepared = await this.#calls.run({ kind: "read" }, () => this.#schemas.prepare(tables));
    for (const table of prepared) this.#tables.add(table);
  }

  async read(table: DbTable, key: DbKey, { fields, scope, signal }: DbReadOptions = {}): Promise<DbRow | undefined> {
    const prepared = this.#tables.get(table);
    const set = prepared.fields(fields);
    const encoded = prepared.encodeKey(key);
    if (scope !== undefined) checkScope(scope);
    const text = prepared.statements.get(`read ${set.list}`, () => {
      const columns = ["_ver", ...prepared.columns(set)].join(", ");
      return `SELECT ${columns} FROM ${prepared.sql} WHERE ${prepared.key} = $1`;
    });
    const statement = { ...text, values: [encoded] };
    const { rows } = await this.#calls.run({ kind: "read", signal }, () =>
      this.#connections.use("read", async (run) => {
        // A statement of its own: what the old owner wrote before is seen, and it writes nothing after.
        if (scope !== undefined) await this.#fences.raise(run, scope);
        return run(statement);
      }),
    );
    return rows[0] && prepared.decodeRow(encoded, set, rows[0]);
  }

  async readMany(table: DbTable, query: DbQuery, { signal }: DbCallOptions = {}): Promise<DbPage> {
    const prepared = this.#tables.get(table);
    const statement = queryStatement(prepared, query);
    const found = await this.#calls.run({ kind: "read", signal }, () =>
      this.#connections.use("read", (run) => run(statement)),
    );
    const rows = found.rows
      .slice(0, query.limit)
      .map(([version = null, key, ...values]) =>
        prepared.decodeRow(key ?? "", prepared.fields(), [version, ...values]),
      );
    const last = rows.at(-1);
    if (last === undefined || found.rows.length <= query.limit) return { rows };
    return { rows, cursor: encodeCursor(table, query, last.message) };
  }

  write(groups: readonly DbGroup[], options: DbCallOptions = {}) {
    return this.#writer.write(groups, options);
  }

  async raiseFence(scope: DbScope, { signal }: DbCallOptions = {}): Promise<void> {
    checkScope(scope);
    await this.#calls.run({ kind: "write", signal }, () =>
      this.#connections.use("write", (run) => this.#fences.raise(run, scope)),
    );
  }

  async enterEpoch(lease: string): Promise<bigint> {
    return this.#calls.run({ kind: "write" }, () => this.#fences.enterEpoch(lease));
  }

  async raiseEpoch(): Promise<bigint> {
    return this.#calls.run({ kind: "write" }, () => this.#fences.enterEpoch(undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.close();
    await this.#connections[Symbol.asyncDispose]();
  }
}
