import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SqlValue } from "./protocol.ts";

const maxStatements = 500;

/** Prepared statements by name; when there are too many, all are dropped. */
export class StatementCache<T> {
  readonly #prepared = new Map<string, T>();
  readonly #prepare: (name: string) => T;

  constructor(prepare: (name: string) => T) {
    this.#prepare = prepare;
  }

  get(name: string): T {
    const known = this.#prepared.get(name);
    if (known !== undefined) return known;
    if (this.#prepared.size >= maxStatements) this.#prepared.clear();
    const prepared = this.#prepare(name);
    this.#prepared.set(name, prepared);
    return prepared;
  }
}

/** A statement that returns rows, as arrays with integers as bigint. */
export class Query {
  readonly #statement: StatementSync;

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = database.prepare(sql);
    this.#statement.setReadBigInts(true);
    this.#statement.setReturnArrays(true);
  }

  /** The first row. */
  row(values: readonly SqlValue[]): readonly SqlValue[] | undefined {
    const row: unknown = this.#statement.get(...values);
    return Array.isArray(row) ? row : undefined;
  }

  rows(values: readonly SqlValue[]): readonly (readonly SqlValue[])[] {
    const rows: readonly unknown[] = this.#statement.all(...values);
    return rows.filter((row) => Array.isArray(row));
  }
}

/** A statement that changes rows. */
export class Change {
  readonly #statement: StatementSync;

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = database.prepare(sql);
  }

  /** How many rows it changed. */
  run(values: readonly SqlValue[]): number {
    return Number(this.#statement.run(...values).changes);
  }
}
