import { type DbCallOptions, type DbGroup, type DbWriteResult, M3Error } from "m3game";
import type { StoreCalls, TableRegistry } from "m3game/internal";
import { batchName, batchStatement, type SingleWrite } from "./batch-statement.ts";
import { type EncodedGroup, encodeGroup } from "./encoded-group.ts";
import type { Fences } from "./fences.ts";
import { GroupTransaction } from "./group-transaction.ts";
import type { PgConnections } from "./pg-connections.ts";
import { isConflict, statementError } from "./pg-error.ts";
import type { PgTable } from "./pg-table.ts";
import { quote } from "./quote.ts";
import { transaction } from "./transaction.ts";

export interface GroupWriterOptions {
  readonly connections: PgConnections;
  readonly schema: string;
  readonly calls: StoreCalls;
  readonly tables: TableRegistry<PgTable>;
  readonly fences: Fences;
}

/** How much goes into one statement: what it writes is one transaction. */
const maxBatchRows = 500;
const maxBatchBytes = 1024 * 1024;
/** How often a transaction is tried again that others were in the way of. */
const maxAttempts = 20;

/**
 * Writes groups. Those of one write, which are most, go many in one statement; what is not written so, and all others, in
 * a transaction each.
 */
export class GroupWriter {
  readonly #options: GroupWriterOptions;
  readonly #transaction: GroupTransaction;
  readonly #tableOfTables: string;

  constructor(options: GroupWriterOptions) {
    this.#options = options;
    this.#tableOfTables = `${quote(options.schema)}._m3_table`;
    this.#transaction = new GroupTransaction(options.fences, this.#tableOfTables);
  }

  async write(groups: readonly DbGroup[], { signal }: DbCallOptions): Promise<(readonly DbWriteResult[])[]> {
    const results: (readonly DbWriteResult[])[] = groups.map(() => []);
    const batches = new Map<string, SingleWrite[]>();
    const rowsInBatches = new Set<string>();
    const others: EncodedGroup[] = [];
    for (const [index, group] of groups.entries()) {
      if (group.writes.length === 0) continue;
      try {
        const settle = (outcome: readonly DbWriteResult[]) => {
          results[index] = outcome;
        };
        const encoded = encodeGroup(this.#options.tables, group, settle);
        const [write, ...more] = encoded.writes;
        const row = `${write?.table.sql} ${write?.key}`;
        // A statement could not tell which of two writes of one row it has made.
        const isAlone = write === undefined || more.length > 0 || rowsInBatches.has(row);
        if (isAlone) others.push(encoded);
        else {
          rowsInBatches.add(row);
          const single = { group: encoded, write };
          addTo(batches, batchName(single), single);
        }
      } catch (error) {
        results[index] = failed(group.writes.length, error);
      }
    }
    await Promise.all([
      ...[...batches.values()].flatMap(chunks).map((batch) => this.#writeBatch(batch, signal)),
      this.#writeOthers(others, signal),
    ]);
    return results;
  }

  async #writeBatch(batch: readonly SingleWrite[], signal: AbortSignal | undefined): Promise<void> {
    const { connections, calls, fences } = this.#options;
    const bytes = batch.reduce((sum, { group }) => sum + group.bytes, 0);
    try {
      const rest = await calls.run({ kind: "write", signal, bytes }, async () => {
        const statement = batchStatement({ fences: fences.sql, tables: this.#tableOfTables }, batch);
        const { rows } = await connections.use("write", (run) => run(statement));
        const left = new Map(batch.map(({ group, write }) => [String(write.key), group]));
        for (const [key, version] of rows) {
          const written = String(key);
          left.get(written)?.settle([{ status: "written", version: BigInt(version ?? 0) }]);
          left.delete(written);
        }
        return [...left.values()];
      });
      await this.#writeOthers(rest, signal);
    } catch (cause) {
      const error = M3Error.from(cause);
      // A value that the server does not take, or somebody in the way: each by itself then.
      if (error.notExecuted && error.cause !== undefined && error.reason !== "CANCELLED" && !isAway(error)) {
        await this.#writeOthers(
          batch.map(({ group }) => group),
          signal,
        );
      } else for (const { group } of batch) group.settle(failed(1, error));
    }
  }

  async #writeOthers(groups: readonly EncodedGroup[], signal: AbortSignal | undefined): Promise<void> {
    await Promise.all(groups.map((group) => this.#writeAlone(group, signal)));
  }

  async #writeAlone(group: EncodedGroup, signal: AbortSignal | undefined): Promise<void> {
    const { connections, calls } = this.#options;
    try {
      const results = await calls.run({ kind: "write", signal, bytes: group.bytes }, async () => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await connections.use("write", (run) =>
              transaction(run, (rollBack) => this.#transaction.write(run, group, rollBack)),
            );
          } catch (error) {
            if (attempt === maxAttempts || !isConflict(M3Error.from(error).cause)) throw error;
          }
        }
      });
      group.settle(results);
    } catch (error) {
      group.settle(failed(group.writes.length, statementError("write", error)));
    }
  }
}

function addTo<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

function chunks(batch: readonly SingleWrite[]): readonly (readonly SingleWrite[])[] {
  const found: SingleWrite[][] = [];
  let bytes = 0;
  for (const single of batch) {
    const last = found.at(-1);
    if (last === undefined || last.length >= maxBatchRows || bytes >= maxBatchBytes) {
      found.push([single]);
      bytes = 0;
    } else last.push(single);
    bytes += single.group.bytes;
  }
  return found;
}

function isAway({ reason, cause }: M3Error): boolean {
  return reason === "PLUGIN_FAILED" && !isConflict(cause);
}

function failed(count: number, cause: unknown): readonly DbWriteResult[] {
  const error = M3Error.from(cause);
  return Array.from({ length: count }, () => ({ status: "failed", error }));
}
