import { Code, type DbTable, M3Error } from "m3game";
import { PreparedTable } from "./prepared-table.ts";

/** The tables that were prepared, found by the objects that describe them. */
export class TableRegistry {
  readonly #prepared = new WeakMap<DbTable, PreparedTable>();
  #lastId = 0;

  /** What the worker has to make ready. Throws when the table can't be stored at all. */
  describe(table: DbTable): PreparedTable {
    const known = this.#prepared.get(table);
    if (known !== undefined) return known;
    this.#lastId += 1;
    return new PreparedTable(this.#lastId, table);
  }

  add(prepared: PreparedTable): void {
    this.#prepared.set(prepared.table, prepared);
  }

  /** Throws FAILED_PRECONDITION for a table that was not prepared. */
  get(table: DbTable): PreparedTable {
    const prepared = this.#prepared.get(table);
    if (prepared !== undefined) return prepared;
    throw new M3Error(Code.FAILED_PRECONDITION, `table ${table.name} was not prepared`);
  }
}
