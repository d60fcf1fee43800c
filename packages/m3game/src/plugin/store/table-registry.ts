import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbTable } from "../db.ts";

/** The tables that were prepared, found by the objects that describe them. */
export class TableRegistry<T extends { readonly table: DbTable }> {
  readonly #prepared = new WeakMap<DbTable, T>();

  add(prepared: T): void {
    this.#prepared.set(prepared.table, prepared);
  }

  find(table: DbTable): T | undefined {
    return this.#prepared.get(table);
  }

  /** Throws FAILED_PRECONDITION for a table that was not prepared. */
  get(table: DbTable): T {
    const prepared = this.#prepared.get(table);
    if (prepared !== undefined) return prepared;
    throw new M3Error(Code.FAILED_PRECONDITION, `table ${table.name} was not prepared`);
  }
}
