// cspell:ignore SAVEPOINT
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Part of a transaction that can be undone alone. Not to be nested. */
export class NestedTransaction {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #rollBack: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#begin = database.prepare("SAVEPOINT task");
    this.#end = database.prepare("RELEASE task");
    this.#rollBack = database.prepare("ROLLBACK TO task");
  }

  /** Runs `body`, and undoes what it did when it calls `rollBack` or throws. */
  run<T>(body: (rollBack: () => void) => T): T {
    this.#begin.run();
    try {
      const result = body(() => this.#rollBack.run());
      this.#end.run();
      return result;
    } catch (error) {
      // A full disk and the like end the whole transaction by themselves.
      if (this.#database.isTransaction) {
        this.#rollBack.run();
        this.#end.run();
      }
      throw error;
    }
  }
}
