import { Code, type DbTable, M3Error } from "m3game";
import { checkTable, growFields, isOptional, type StoredField } from "m3game/internal";
import { columnDeclaration } from "./column-value.ts";
import type { PgConnections, Run } from "./pg-connections.ts";
import { PgTable } from "./pg-table.ts";
import { quote } from "./quote.ts";
import { transaction } from "./transaction.ts";

/** What is in the way of a name: PostgreSQL cuts off what is behind 63 bytes. */
const maxNameLength = 60;

/** The tables of the store, made and grown as their descriptors ask for. */
export class SchemaStore {
  readonly #connections: PgConnections;
  readonly #schema: string;

  constructor(connections: PgConnections, schema: string) {
    this.#connections = connections;
    this.#schema = schema;
  }

  /** Makes what the store itself needs. */
  async begin(): Promise<void> {
    const schema = quote(this.#schema);
    await this.#alone(async (run) => {
      await run({ text: `CREATE SCHEMA IF NOT EXISTS ${schema}` });
      await run({
        text: `CREATE TABLE IF NOT EXISTS ${schema}._m3_fence
          (claim text COLLATE "C" PRIMARY KEY, epoch bigint NOT NULL, counter bigint NOT NULL)`,
      });
      await run({ text: `CREATE TABLE IF NOT EXISTS ${schema}._m3_store (epoch bigint NOT NULL, lease text)` });
      await run({
        text: `INSERT INTO ${schema}._m3_store SELECT 0 WHERE NOT EXISTS (SELECT FROM ${schema}._m3_store)`,
      });
      await run({
        text: `CREATE TABLE IF NOT EXISTS ${schema}._m3_table
          (name text COLLATE "C" PRIMARY KEY, last_deleted bigint NOT NULL)`,
      });
      await run({
        text: `CREATE TABLE IF NOT EXISTS ${schema}._m3_field (table_name text COLLATE "C", number integer,
          column_name text NOT NULL, type text NOT NULL, PRIMARY KEY (table_name, number))`,
      });
    });
  }

  /** Makes tables or adds what they lack. Throws FAILED_PRECONDITION when one does not fit what is there. */
  async prepare(tables: readonly DbTable[]): Promise<readonly PgTable[]> {
    for (const table of tables) checkTable(table);
    return this.#alone(async (run) => {
      const prepared: PgTable[] = [];
      for (const table of tables) prepared.push(await this.#prepare(run, table));
      return prepared;
    });
  }

  async #prepare(run: Run, table: DbTable): Promise<PgTable> {
    const schema = quote(this.#schema);
    const { names, missing } = growFields(table, await this.#fields(run, table), ["_ver"]);
    const sql = `${schema}.${quote(table.name)}`;
    const declare = ({ number, name }: StoredField) => {
      const field = table.schema.fields.find((candidate) => candidate.number === number);
      if (field === undefined) throw new Error(`there is no field ${number}`);
      const declaration = columnDeclaration(field, isOptional(field) || field === table.key);
      return `${quote(columnName(number, name))} ${declaration}${field === table.key ? " PRIMARY KEY" : ""}`;
    };
    if (missing.length > 0) {
      const columns = missing.map(declare);
      const isNew = missing.some(({ number }) => number === table.key.number);
      if (isNew) {
        await this.#checkName(run, table.name);
        await run({ text: `CREATE TABLE ${sql} (${[...columns, "_ver bigint NOT NULL"].join(", ")})` });
        await run({ text: `INSERT INTO ${schema}._m3_table VALUES ($1, 0)`, values: [table.name] });
      } else {
        await run({ text: `ALTER TABLE ${sql} ${columns.map((column) => `ADD COLUMN ${column}`).join(", ")}` });
      }
      for (const { number, name, type } of missing) {
        await run({
          text: `INSERT INTO ${schema}._m3_field VALUES ($1, $2, $3, $4)`,
          values: [table.name, number, columnName(number, name), type],
        });
      }
    }
    const columnNames = new Map([...names].map(([number, name]) => [number, columnName(number, name)]));
    const prepared = new PgTable(table, this.#schema, columnNames);
    for (const field of table.indexed) {
      if (field === table.key) continue;
      const index = quote(`${table.name}.${field.number}`);
      const columns = `${prepared.column(field.number)} NULLS FIRST, ${prepared.key}`;
      await run({ text: `CREATE INDEX IF NOT EXISTS ${index} ON ${sql} (${columns})` });
    }
    return prepared;
  }

  async #fields(run: Run, { name }: DbTable): Promise<readonly StoredField[]> {
    const { rows } = await run({
      text: `SELECT number, column_name, type FROM ${quote(this.#schema)}._m3_field WHERE table_name = $1`,
      values: [name],
    });
    return rows.map(([number, column, type]) => ({
      number: Number(number),
      name: String(column),
      type: String(type),
    }));
  }

  async #checkName(run: Run, name: string): Promise<void> {
    const { rows } = await run({
      text: "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND lower(tablename) = lower($2)",
      values: [this.#schema, name],
    });
    const taken = rows[0]?.[0];
    if (taken === undefined) return;
    throw new M3Error(
      Code.FAILED_PRECONDITION,
      `the store has a table ${taken} already, which is not ${name}: use another name`,
    );
  }

  /** No other app changes tables meanwhile. */
  #alone<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const lock = [`m3game ${this.#schema}`];
    return this.#connections.use("write", async (run) => {
      // Outside of the transaction, which sees what was there when it began. A connection that breaks lets it go.
      await run({ text: "SELECT pg_advisory_lock(hashtext($1))", values: lock });
      try {
        return await transaction(run, () => work(run));
      } finally {
        await run({ text: "SELECT pg_advisory_unlock(hashtext($1))", values: lock });
      }
    });
  }
}

function columnName(number: number, name: string): string {
  return name.length <= maxNameLength ? name : `field_${number}`;
}
