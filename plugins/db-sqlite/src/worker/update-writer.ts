import { type SqlValue, type UpdatesTask, writeKinds } from "../protocol.ts";
import type { Fences } from "./fences.ts";
import type { Group } from "./group-reader.ts";
import type { GroupWriter } from "./group-writer.ts";
import type { NestedTransaction } from "./nested-transaction.ts";
import { isFatal } from "./problem.ts";
import { Results } from "./results.ts";
import { rowsAtOnce, type StoredTable } from "./stored-table.ts";

/**
 * Makes updates of the same columns, one statement for many, which takes two thirds of the time; where that does not do,
 * one by one. To be called in a transaction.
 */
export class UpdateWriter {
  readonly #table: (id: number) => StoredTable;
  readonly #fences: Fences;
  readonly #nested: NestedTransaction;
  readonly #groups: GroupWriter;

  constructor(table: (id: number) => StoredTable, fences: Fences, nested: NestedTransaction, groups: GroupWriter) {
    this.#table = table;
    this.#fences = fences;
    this.#nested = nested;
    this.#groups = groups;
  }

  /** What fails only one update harms no other; anything else is thrown. */
  write(task: UpdatesTask): Results {
    const results = new Results();
    const count = task.claims.length;
    const width = task.rows.length / count;
    for (let from = 0; from < count; from += rowsAtOnce) {
      const until = Math.min(from + rowsAtOnce, count);
      const areMany = until - from === rowsAtOnce && this.#areKnown(task, from, until);
      if (areMany && this.#updateMany(task, task.rows.slice(from * width, until * width))) {
        for (let at = from; at < until; at++) results.writes.push(Number(task.rows[at * width + 1]) + 1);
      } else {
        for (let at = from; at < until; at++) this.#groups.writeGroup(groupOf(task, at, width), results);
      }
    }
    return results;
  }

  /** True when all of these pass and no fence has to be raised for them. */
  #areKnown({ claims, epochs, counters }: UpdatesTask, from: number, until: number): boolean {
    for (let at = from; at < until; at++) {
      const claim = claims[at] ?? null;
      if (claim !== null && !this.#fences.isSame(claim, epochs[at] ?? 0, counters[at] ?? 0)) return false;
    }
    return true;
  }

  /** False when not all of them could be made: none is then. */
  #updateMany({ table, columns }: UpdatesTask, values: readonly SqlValue[]): boolean {
    const statement = this.#table(table).updatesOfMany.get(columns);
    try {
      return this.#nested.run((rollBack) => {
        if (statement.run(values) === rowsAtOnce) return true;
        rollBack();
        return false;
      });
    } catch (error) {
      if (isFatal(error)) throw error;
      return false;
    }
  }
}

function groupOf({ table, columns, claims, epochs, counters, rows }: UpdatesTask, at: number, width: number): Group {
  const claim = claims[at] ?? null;
  const [key = null, version, ...values] = rows.slice(at * width, (at + 1) * width);
  return {
    scope: claim === null ? null : [claim, epochs[at] ?? 0, counters[at] ?? 0],
    writes: [{ kind: writeKinds.update, table, key, version: Number(version), columns, values }],
  };
}
