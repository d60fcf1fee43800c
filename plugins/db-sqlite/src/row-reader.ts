import { DatabaseSync } from "node:sqlite";
import type { RowData, SqlValue } from "./protocol.ts";
import { Query, StatementCache } from "./statements.ts";
import type { TableNames } from "./table-names.ts";

/**
 * Reads single rows on the main thread, over a connection that can't write: to hand a read to the worker and to take its
 * answer would keep the main thread for longer.
 */
export class RowReader implements Disposable {
  readonly #file: string;
  #database: DatabaseSync | undefined;
  readonly #tables = new WeakMap<TableNames, StatementCache<Query>>();

  /** It is opened when the first row is read. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Version and columns; null: there is no such row; undefined: the worker has to look, and to say what is wrong. */
  read(names: TableNames, columns: string, key: SqlValue): RowData | null | undefined {
    try {
      return this.#queriesOf(names).get(columns).row([key]) ?? null;
    } catch {
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #queriesOf(names: TableNames): StatementCache<Query> {
    let queries = this.#tables.get(names);
    if (queries === undefined) {
      this.#database ??= new DatabaseSync(this.#file, { readOnly: true });
      const database = this.#database;
      queries = new StatementCache((columns) => new Query(database, names.selectRow(columns)));
      this.#tables.set(names, queries);
    }
    return queries;
  }
}
