import type { DatabaseSync } from "node:sqlite";
import type {
  Batch,
  GroupsTask,
  Problem,
  QueryTask,
  ReadTask,
  TableLayout,
  TaskResult,
  UpdatesTask,
  WriteTask,
} from "../protocol.ts";
import { SqliteCode } from "../sqlite-code.ts";
import { whileBusy } from "./busy.ts";
import { Fences } from "./fences.ts";
import { GroupWriter } from "./group-writer.ts";
import { NestedTransaction } from "./nested-transaction.ts";
import { isFatal, ProblemError, problemOf } from "./problem.ts";
import { runQuery } from "./query.ts";
import { prepareTable } from "./schema.ts";
import { StoredTable } from "./stored-table.ts";
import { UpdateWriter } from "./update-writer.ts";

/** Executes tasks on one open database. */
export class Store {
  readonly #database: DatabaseSync;
  readonly #lockTimeoutMs: number;
  readonly #fences: Fences;
  readonly #nested: NestedTransaction;
  readonly #groups: GroupWriter;
  readonly #updates: UpdateWriter;
  readonly #tables = new Map<number, StoredTable>();

  constructor(database: DatabaseSync, { lockTimeoutMs }: { readonly lockTimeoutMs: number }) {
    this.#database = database;
    this.#lockTimeoutMs = lockTimeoutMs;
    this.#fences = new Fences(database);
    this.#nested = new NestedTransaction(database);
    const tableOf = (id: number) => this.#table(id);
    this.#groups = new GroupWriter(tableOf, this.#fences, this.#nested);
    this.#updates = new UpdateWriter(tableOf, this.#fences, this.#nested, this.#groups);
  }

  read(tasks: Batch["reads"]): readonly TaskResult[] {
    return tasks.map((task) => {
      try {
        return whileBusy(this.#lockTimeoutMs, () => (task.kind === "read" ? this.#readRow(task) : this.#query(task)));
      } catch (error) {
        return { problem: problemOf(error) };
      }
    });
  }

  /** Executes the tasks in one transaction. What one of them can't do harms no other, unless the database fails. */
  write(tasks: readonly WriteTask[]): readonly TaskResult[] {
    try {
      whileBusy(this.#lockTimeoutMs, () => this.#database.exec("BEGIN IMMEDIATE"));
      this.#fences.begin();
      const results = tasks.map((task) => this.#tryWrite(task));
      this.#commit();
      return results;
    } catch (error) {
      this.#fences.forget();
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      const problem = problemOf(error);
      return tasks.map(() => ({ problem }));
    }
  }

  /** Writes what is in the log into the file itself, and closes it. */
  close(): void {
    this.#database.close();
  }

  #commit(): void {
    try {
      whileBusy(this.#lockTimeoutMs, () => this.#database.exec("COMMIT"));
    } catch (error) {
      const problem: Problem = problemOf(error);
      const isUnknown = problem.kind === "sqlite" && problem.code === SqliteCode.ioError;
      throw isUnknown ? new ProblemError({ ...problem, isUnknown }) : error;
    }
  }

  #tryWrite(task: WriteTask): TaskResult {
    try {
      if (task.kind === "groups") return this.#groups.write(task);
      if (task.kind === "updates") return this.#updates.write(task);
      return this.#nested.run(() => this.#writeOther(task));
    } catch (error) {
      if (isFatal(error)) throw error;
      this.#fences.forget();
      return { problem: problemOf(error) };
    }
  }

  #writeOther(task: Exclude<WriteTask, GroupsTask | UpdatesTask>): TaskResult {
    switch (task.kind) {
      case "raise":
        this.#fences.raise(task.scope);
        return { done: true };
      case "read":
        if (task.scope !== null) this.#fences.raise(task.scope);
        return this.#readRow(task);
      case "epoch":
        return { epoch: this.#fences.enterEpoch(task.lease) };
      case "prepare":
        return { columns: task.tables.map((layout) => this.#prepare(layout)) };
    }
  }

  #prepare(layout: TableLayout): ReadonlyMap<number, string> {
    const columns = prepareTable(this.#database, layout);
    this.#tables.set(layout.id, new StoredTable(this.#database, layout, columns));
    return columns;
  }

  #readRow({ table, key, columns }: ReadTask): TaskResult {
    return { row: this.#table(table).reads.get(columns).row([key]) ?? null };
  }

  #query(task: QueryTask): TaskResult {
    return { rows: runQuery(this.#table(task.table), task) };
  }

  #table(id: number): StoredTable {
    const table = this.#tables.get(id);
    if (table === undefined) throw new Error(`table ${id} was not prepared`);
    return table;
  }
}
