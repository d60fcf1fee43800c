import { type GroupsTask, type Refusal, refusals, writeKinds } from "../protocol.ts";
import type { Fences } from "./fences.ts";
import { type Group, GroupReader, type GroupWrite } from "./group-reader.ts";
import type { NestedTransaction } from "./nested-transaction.ts";
import { Results } from "./results.ts";
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

  /** What fails only one group harms no other; anything else is thrown. */
  write({ data }: GroupsTask): Results {
    const results = new Results();
    const reader = new GroupReader(data);
    while (!reader.isAtEnd) this.writeGroup(reader.next(), results);
    return results;
  }

  writeGroup(group: Group, results: Results): void {
    results.add(group.writes.length, () => this.#tryGroup(group));
  }

  #tryGroup({ scope, writes }: Group): readonly number[] {
    const difference = scope === null ? "same" : this.#fences.compare(scope);
    if (difference === "older") return writes.map(() => minus("fenced"));
    const [first] = writes;
    if (difference === "same" && writes.length === 1 && first?.kind === writeKinds.update) {
      // A single statement is all or nothing by itself.
      return [this.#writeOne(first) || this.#whyNot(first)];
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
