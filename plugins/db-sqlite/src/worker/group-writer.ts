import { type Problem, type Refusal, refusals, type SqlValue, writeKinds } from "../protocol.ts";
import type { Fences } from "./fences.ts";
import { type Group, GroupReader, type GroupWrite } from "./group-reader.ts";
import type { NestedTransaction } from "./nested-transaction.ts";
import { isFatal, problemOf } from "./problem.ts";
import { rowsAtOnce, type StoredTable } from "./stored-table.ts";

/** The result of a `GroupsTask`. */
interface Results {
  readonly writes: number[];
  readonly problems: Problem[];
}

/** Writes groups, all or nothing each. To be called in a transaction. */
export class GroupWriter {
  readonly #table: (id: number) => StoredTable;
  readonly #fences: Fences;
  readonly #nested: NestedTransaction;

  constructor(table: (id: number) => StoredTable, fences: Fences, nested: NestedTransaction) {
    this.#table = table;
    this.#fences = fences;
    this.#nested = nested;
  }

  /** What fails only one group harms no other; anything else is thrown. */
  write(data: readonly SqlValue[]): Results {
    const results: Results = { writes: [], problems: [] };
    const reader = new GroupReader(data);
    let alike: GroupWrite[] = [];
    while (!reader.isAtEnd) {
      const group = reader.next();
      const update = this.#plainUpdate(group);
      const [first] = alike;
      const isAlike = first === undefined || (update?.table === first.table && update.columns === first.columns);
      if (!isAlike || alike.length === rowsAtOnce) {
        this.#writeAlike(alike, results);
        alike = [];
      }
      if (update !== undefined) alike.push(update);
      else this.#try(group.writes.length, results, () => this.#writeGroup(group));
    }
    this.#writeAlike(alike, results);
    return results;
  }

  /** The only write of a group when it is an update that needs no look at the fence. */
  #plainUpdate({ scope, writes }: Group): GroupWrite | undefined {
    const [only] = writes;
    if (writes.length !== 1 || only?.kind !== writeKinds.update) return undefined;
    return scope === null || this.#fences.compare(scope) === "same" ? only : undefined;
  }

  /** Updates of the same columns, one statement for many: it takes two thirds of the time. */
  #writeAlike(updates: readonly GroupWrite[], results: Results): void {
    if (updates.length === rowsAtOnce && this.#updateMany(updates)) {
      for (const { version } of updates) results.writes.push(version + 1);
      return;
    }
    for (const update of updates) this.#try(1, results, () => [this.#writeOne(update) || this.#whyNot(update)]);
  }

  /** False when not all of them could be made: none is then. */
  #updateMany(updates: readonly GroupWrite[]): boolean {
    const [first] = updates;
    if (first === undefined) return true;
    const statement = this.#table(first.table).updatesOfMany.get(first.columns);
    try {
      return this.#nested.run((rollBack) => {
        const values = updates.flatMap((update) => [update.key, update.version, ...update.values]);
        if (statement.run(values) === updates.length) return true;
        rollBack();
        return false;
      });
    } catch (error) {
      if (isFatal(error)) throw error;
      return false;
    }
  }

  #try(count: number, { writes, problems }: Results, write: () => readonly number[]): void {
    try {
      for (const result of write()) writes.push(result);
    } catch (error) {
      if (isFatal(error)) throw error;
      for (let index = 0; index < count; index++) writes.push(-refusals.length - problems.length);
      problems.push(problemOf(error));
    }
  }

  #writeGroup({ scope, writes }: Group): readonly number[] {
    const difference = scope === null ? "same" : this.#fences.compare(scope);
    if (difference === "older") return writes.map(() => minus("fenced"));
    return this.#nested.run((rollBack) => {
      const results = writes.map((write) => this.#writeOne(write) || this.#whyNot(write));
      if (results.some((result) => result <= 0)) {
        rollBack();
        return results.map((result) => (result > 0 ? minus("group") : result));
      }
      if (scope !== null && difference === "newer") this.#fences.set(scope);
      return results;
    });
  }

  /** The row's version, 0 when nothing was written. */
  #writeOne({ kind, table: id, key, version, columns, values }: GroupWrite): number {
    const table = this.#table(id);
    switch (kind) {
      case writeKinds.create:
        return Number(table.creates.get(columns).row([key, ...values])?.[0] ?? 0);
      case writeKinds.update:
        return table.updates.get(columns).run([...values, key, version]) > 0 ? version + 1 : 0;
      default:
        if (table.delete.run([key, version]) === 0) return 0;
        table.raiseLastDeleted.run([version]);
        return version;
    }
  }

  #whyNot({ kind, table, key }: GroupWrite): number {
    if (kind === writeKinds.create) return minus("exists");
    return minus(this.#table(table).version.row([key]) === undefined ? "missing" : "version");
  }
}

function minus(refusal: Refusal): number {
  return -refusals.indexOf(refusal);
}
