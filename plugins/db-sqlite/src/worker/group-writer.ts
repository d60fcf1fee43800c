import { type Problem, type Refusal, refusals, type SqlValue, writeKinds } from "../protocol.ts";
import type { Fences } from "./fences.ts";
import { type Group, GroupReader, type GroupWrite } from "./group-reader.ts";
import type { NestedTransaction } from "./nested-transaction.ts";
import { isFatal, problemOf } from "./problem.ts";
import type { StoredTable } from "./stored-table.ts";

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

  /** The result of a `GroupsTask`. What fails only one group harms no other; anything else is thrown. */
  write(data: readonly SqlValue[]) {
    const writes: number[] = [];
    const problems: Problem[] = [];
    const reader = new GroupReader(data);
    while (!reader.isAtEnd) {
      const group = reader.next();
      try {
        for (const result of this.#writeGroup(group)) writes.push(result);
      } catch (error) {
        if (isFatal(error)) throw error;
        for (const _write of group.writes) writes.push(-refusals.length - problems.length);
        problems.push(problemOf(error));
      }
    }
    return { writes, problems };
  }

  #writeGroup({ scope, writes }: Group): readonly number[] {
    const difference = scope === null ? "same" : this.#fences.compare(scope);
    if (difference === "older") return writes.map(() => minus("fenced"));
    const [only] = writes;
    if (difference === "same" && writes.length === 1 && only !== undefined && only.kind !== writeKinds.delete) {
      // A single statement leaves nothing to undo.
      return [this.#writeOne(only) || this.#whyNot(only)];
    }
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
        return table.updates.get(columns).run([...values, key, version]) ? version + 1 : 0;
      default:
        if (!table.delete.run([key, version])) return 0;
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
