import { type Problem, type Refusal, refusals, type ScopeData, type SqlValue, writeKinds } from "../protocol.ts";
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
    const [only] = writes;
    if (writes.length === 1 && only !== undefined && only.kind !== writeKinds.delete) {
      // One statement checks and writes. When it does nothing, the way with several finds out why.
      const version = this.#writeOne(only, scope);
      if (version > 0) return [version];
    }
    return this.#nested.run((rollBack) => this.#writeAll(scope, writes, rollBack));
  }

  #writeAll(scope: ScopeData | null, writes: readonly GroupWrite[], rollBack: () => void): readonly number[] {
    if (scope !== null && !this.#fences.tryRaise(scope)) return writes.map(() => minus("fenced"));
    const results = writes.map((write) => this.#writeOne(write, null) || this.#whyNot(write));
    if (results.every((result) => result > 0)) return results;
    rollBack();
    return results.map((result) => (result > 0 ? minus("group") : result));
  }

  /** The row's version, 0 when nothing was written. */
  #writeOne({ kind, table: id, key, version, columns, values }: GroupWrite, scope: ScopeData | null): number {
    const table = this.#table(id);
    switch (kind) {
      case writeKinds.create: {
        const { free, scoped } = table.creates.get(columns);
        const row = scope === null ? free.row([key, ...values]) : scoped.row([key, ...values, ...scope]);
        return Number(row?.[0] ?? 0);
      }
      case writeKinds.update: {
        const { free, scoped } = table.updates.get(columns);
        const target = [...values, key, version];
        return (scope === null ? free.run(target) : scoped.run([...target, ...scope])) ? version + 1 : 0;
      }
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
