import type { Logger, M3Error, PluginContext } from "m3game";
import { type CallKind, reasonError } from "m3game/internal";
import { Pool, type PoolClient } from "pg";
import type { PostgresConfig } from "./config.ts";
import { connectError, isBroken, section, sqlState, statementError } from "./pg-error.ts";
import type { PgRow } from "./pg-table.ts";

export interface Statement {
  readonly text: string;
  /** Of a `PreparedText`: it is parsed once for each connection. */
  readonly name?: string;
  readonly values?: readonly unknown[];
}

export interface Outcome {
  readonly rows: readonly PgRow[];
  /** How many rows it changed. */
  readonly count: number;
}

/** Runs statements on one connection. */
export type Run = (statement: Statement) => Promise<Outcome>;

/** How long a connection, and how long an answer may take, in milliseconds. */
const connectTimeoutMs = 5000;
const answerTimeoutMs = 15_000;

/** All values come as text: types that JavaScript lacks keep all their digits. */
const asText = { getTypeParser: () => (value: string) => value };

/** The connections of an app to its server, made as they are needed. */
export class PgConnections implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #log: Logger;
  #isLost = false;
  #disposal: Promise<void> | undefined;

  /** Connects once. Rejects with PLUGIN_FAILED and one line. */
  static async open(config: PostgresConfig, context: PluginContext): Promise<PgConnections> {
    const connections = new PgConnections(config, context);
    try {
      await connections.#checkServer();
      return connections;
    } catch (error) {
      await connections[Symbol.asyncDispose]();
      throw startError(config, error);
    }
  }

  private constructor(config: PostgresConfig, context: PluginContext) {
    this.#log = context.log;
    this.#pool = new Pool({
      host: config.Host,
      port: config.Port,
      user: config.User,
      ...(config.Password !== undefined && { password: config.Password }),
      database: config.Database,
      ssl: config.TLS,
      max: config.MaxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: answerTimeoutMs,
      keepAlive: true,
      application_name: context.app.app,
    });
    // A connection that breaks: its statement rejects, and one that nobody uses is replaced.
    this.#pool.on("error", () => {});
    this.#pool.on("connect", (client) => client.on("error", () => {}));
  }

  /** Runs one statement, or several one after another on the same connection. */
  async use<T>(kind: CallKind, work: (run: Run) => Promise<T>): Promise<T> {
    let client: PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      this.#onLost(error);
      throw connectError(error);
    }
    let failure: unknown;
    try {
      const result = await work(async ({ values = [], ...statement }) => {
        const query = { ...statement, values: [...values], rowMode: "array" as const, types: asText };
        const { rows, rowCount } = await client.query<(string | null)[]>(query);
        return { rows, count: rowCount ?? 0 };
      });
      this.#onBack();
      return result;
    } catch (error) {
      failure = error;
      throw statementError(kind, error);
    } finally {
      const isGone = failure !== undefined && isBroken(failure);
      if (isGone) this.#onLost(failure);
      client.release(isGone);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#pool.end();
    return this.#disposal;
  }

  async #checkServer(): Promise<void> {
    const client = await this.#pool.connect();
    try {
      const { rows } = await client.query<{ encoding: string }>(
        "SELECT current_setting('server_encoding') AS encoding",
      );
      const encoding = rows[0]?.encoding;
      if (encoding !== "UTF8") throw new Error(`the database is in ${encoding}: make one with ENCODING 'UTF8'`);
    } finally {
      client.release();
    }
  }

  #onLost(error: unknown): void {
    if (this.#isLost || this.#disposal !== undefined) return;
    this.#isLost = true;
    this.#log.warn("lost the PostgreSQL server; calls fail until it is back", { error });
  }

  #onBack(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#log.info("the PostgreSQL server is back");
  }
}

function startError(config: PostgresConfig, error: unknown): M3Error {
  const server = `the PostgreSQL server at ${config.Host}:${config.Port}`;
  const why = error instanceof Error ? error.message : String(error);
  const state = sqlState(error);
  let text = `${server} can't be reached (${why || "refused"}): start one, or correct Host and Port in ${section}`;
  if (state?.startsWith("28") || /password|SASL|SCRAM/.test(why)) {
    text = `${server} refuses the credentials of ${config.User}: set User and Password in ${section}`;
  } else if (state !== undefined || /ENCODING/.test(why)) {
    text = `${server} can't be used: ${why}; see Database in ${section}`;
  }
  return reasonError("PLUGIN_FAILED", text, { cause: error });
}
