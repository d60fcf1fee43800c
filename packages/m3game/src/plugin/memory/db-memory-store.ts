import { Code } from "../../meta/code.ts";
import { M3Error, reasonError } from "../../meta/error.ts";
import type { DbGroup, DbKey, DbRefusal, DbScope, DbTable, DbWrite, DbWriteResult } from "../db.ts";
import { compareFences, type Fence } from "../fence.ts";
import { checkKey } from "./db-memory-field.ts";
import { encodeRow, updateRow } from "./db-memory-row.ts";
import { MemoryTable, type StoredRow } from "./db-memory-table.ts";

/** One write of a group, found good: what to put in place of the row, undefined to remove it. */
interface Change {
  readonly table: MemoryTable;
  readonly key: DbKey;
  readonly row: StoredRow | undefined;
  readonly version: bigint;
}

const maxFence = 2n ** 63n - 1n;

/** Rows, fences and epoch of the apps of one hub. Every method is one step: nothing happens in between. */
export class MemoryStore {
  readonly #tables = new Map<string, MemoryTable>();
  readonly #fences = new Map<string, Fence>();
  #epoch = 0n;
  #lease: string | undefined;

  prepare(table: DbTable): void {
    const stored = this.#tables.get(table.name) ?? new MemoryTable();
    stored.prepare(table);
    this.#tables.set(table.name, stored);
  }

  table({ name }: DbTable): MemoryTable {
    const table = this.#tables.get(name);
    if (table !== undefined) return table;
    throw new M3Error(Code.FAILED_PRECONDITION, `table ${name} was not prepared`);
  }

  raiseFence({ claim, fence }: DbScope): void {
    if (this.#isFenced({ claim, fence })) {
      throw reasonError("FENCED", `claim ${claim} has a newer owner than fence (${fence.epoch}, ${fence.counter})`);
    }
    this.#fences.set(claim, fence);
  }

  writeGroup({ scope, writes }: DbGroup): readonly DbWriteResult[] {
    if (writes.length === 0) return [];
    if (scope !== undefined && this.#isFenced(scope))
      return writes.map(() => ({ status: "refused", reason: "fenced" }));
    const changes = writes.map((write) => this.#check(write));
    if (changes.some((change) => typeof change === "string")) {
      return changes.map((change) => ({ status: "refused", reason: typeof change === "string" ? change : "group" }));
    }
    if (scope !== undefined) this.#fences.set(scope.claim, scope.fence);
    return changes.filter((change) => typeof change !== "string").map(apply);
  }

  enterEpoch(lease: string): bigint {
    return this.#lease === lease ? this.#epoch : this.raiseEpoch(lease);
  }

  raiseEpoch(lease = this.#lease): bigint {
    this.#lease = lease;
    this.#epoch += 1n;
    return this.#epoch;
  }

  #isFenced({ claim, fence }: DbScope): boolean {
    if (![fence.epoch, fence.counter].every((part) => part >= 0n && part <= maxFence)) {
      throw new M3Error(Code.INVALID_ARGUMENT, `fence (${fence.epoch}, ${fence.counter}) is not in 0 to 2^63 - 1`);
    }
    const known = this.#fences.get(claim);
    return known !== undefined && compareFences(fence, known) < 0;
  }

  #check(write: DbWrite): Change | DbRefusal {
    const table = this.table(write.table);
    const key = checkKey(write.table, write.key);
    const row = table.rows.get(key);
    if (write.kind === "create") {
      if (row !== undefined) return "exists";
      const version = table.firstVersion;
      return { table, key, version, row: { bytes: encodeRow(write.table, key, write.message), version } };
    }
    if (row === undefined) return "missing";
    if (row.version !== write.version) return "version";
    if (write.kind === "delete") return { table, key, version: row.version, row: undefined };
    const version = row.version + 1n;
    return { table, key, version, row: { bytes: updateRow(row.bytes, write.table, write), version } };
  }
}

function apply({ table, key, row, version }: Change): DbWriteResult {
  if (row === undefined) table.remove(key);
  else table.rows.set(key, row);
  return { status: "written", version };
}
