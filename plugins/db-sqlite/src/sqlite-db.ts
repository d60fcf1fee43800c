import {
  type DbCallOptions,
  type DbGroup,
  type DbKey,
  type DbPage,
  type DbQuery,
  type DbReadOptions,
  type DbRow,
  type DbScope,
  type DbTable,
  type DbWriteResult,
  isM3Error,
  M3Error,
  type QueryableDb,
} from "m3game";
import { encodeCursor, TableRegistry } from "m3game/internal";
import { decodeResults, encodeGroups, failedGroup } from "./group-codec.ts";
import type { EncodedGroups } from "./group-tasks.ts";
import { PreparedTable } from "./prepared-table.ts";
import type { ColumnList, RowData, SqlValue, TaskResult } from "./protocol.ts";
import { queryTask } from "./query-task.ts";
import { RowReader } from "./row-reader.ts";
import { scopeData } from "./scope-data.ts";
import { storeError } from "./store-error.ts";
import { TableNames } from "./table-names.ts";
import type { PendingTask } from "./task-queue.ts";
import type { WorkerDatabase } from "./worker-database.ts";

type Task = PendingTask["task"];
type Result = Exclude<TaskResult, { readonly problem: unknown }>;

/** How much of the queue a task takes that holds no row. */
const smallTaskBytes = 200;

const noResults: readonly DbWriteResult[] = [];

/** The contract of a store on top of the worker: encodes, decodes and waits. */
export class SqliteDb implements QueryableDb {
  readonly isAtomic = true;
  readonly #worker: WorkerDatabase;
  readonly #file: string;
  /** Undefined where nobody else can open the database. */
  readonly #reader: RowReader | undefined;
  readonly #tables = new TableRegistry<PreparedTable>();
  #lastTable = 0;

  constructor(worker: WorkerDatabase, file: string) {
    this.#worker = worker;
    this.#file = file;
    this.#reader = file === ":memory:" ? undefined : new RowReader(file);
  }

  async prepare(tables: readonly DbTable[]): Promise<void> {
    const described = tables.map((table) => this.#tables.find(table) ?? new PreparedTable(++this.#lastTable, table));
    const result = await this.#run({ write: { kind: "prepare", tables: described.map(({ layout }) => layout) } });
    if (!("columns" in result)) throw unexpected();
    for (const [index, table] of described.entries()) {
      table.names = new TableNames(table.layout, result.columns[index] ?? new Map());
      this.#tables.add(table);
    }
  }

  async read(table: DbTable, key: DbKey, options: DbReadOptions = {}): Promise<DbRow | undefined> {
    const prepared = this.#tables.get(table);
    const columns = prepared.fields(options.fields);
    const encodedKey = prepared.encodeKey(key);
    const scope = options.scope === undefined ? null : scopeData(options.scope);
    if (scope === null) {
      const row = this.#readHere(prepared, columns.list, encodedKey, options.signal);
      if (row !== undefined) return row === null ? undefined : prepared.decodeRow(encodedKey, columns, row);
    }
    const task = { kind: "read", table: prepared.layout.id, key: encodedKey, columns: columns.list, scope } as const;
    // Under a scope it may have to write the fence.
    const result = await this.#run(scope === null ? { read: task } : { write: task }, options.signal);
    if (!("row" in result)) throw unexpected();
    return result.row === null ? undefined : prepared.decodeRow(encodedKey, columns, result.row);
  }

  async readMany(table: DbTable, query: DbQuery, { signal }: DbCallOptions = {}): Promise<DbPage> {
    const prepared = this.#tables.get(table);
    const result = await this.#run({ read: queryTask(prepared, query) }, signal);
    if (!("rows" in result)) throw unexpected();
    const rows = result.rows
      .slice(0, query.limit)
      .map(([version = null, key = null, ...values]) =>
        prepared.decodeRow(key, prepared.fields(), [version, ...values]),
      );
    const last = rows.at(-1);
    if (last === undefined || result.rows.length <= query.limit) return { rows };
    return { rows, cursor: encodeCursor(table, query, last.message) };
  }

  async write(
    groups: readonly DbGroup[],
    { signal }: DbCallOptions = {},
  ): Promise<readonly (readonly DbWriteResult[])[]> {
    const results: (readonly DbWriteResult[])[] = groups.map(() => noResults);
    const tasks = encodeGroups(this.#tables, groups, results);
    await Promise.all(tasks.map((task) => this.#writeGroups(groups, task, signal, results)));
    return results;
  }

  async raiseFence(scope: DbScope, { signal }: DbCallOptions = {}): Promise<void> {
    await this.#run({ write: { kind: "raise", scope: scopeData(scope) } }, signal);
  }

  async enterEpoch(lease: string): Promise<bigint> {
    return this.#enterEpoch(lease);
  }

  async raiseEpoch(): Promise<bigint> {
    return this.#enterEpoch(null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The last one to close the file tidies it up, which takes a connection that writes.
    this.#reader?.[Symbol.dispose]();
    await this.#worker[Symbol.asyncDispose]();
  }

  async #enterEpoch(lease: string | null): Promise<bigint> {
    const result = await this.#run({ write: { kind: "epoch", lease } });
    if ("epoch" in result) return result.epoch;
    throw unexpected();
  }

  #readHere(
    { names }: PreparedTable,
    columns: ColumnList,
    key: SqlValue,
    signal: AbortSignal | undefined,
  ): RowData | null | undefined {
    const isOver = this.#worker.failure !== undefined || signal?.aborted;
    return isOver || names === undefined ? undefined : this.#reader?.read(names, columns, key);
  }

  async #writeGroups(
    groups: readonly DbGroup[],
    encoded: EncodedGroups,
    signal: AbortSignal | undefined,
    results: (readonly DbWriteResult[])[],
  ): Promise<void> {
    try {
      const result = await this.#run({ write: encoded.task }, signal, encoded.bytes);
      if (!("writes" in result)) throw unexpected();
      decodeResults(groups, encoded, result, (problem) => storeError(problem, this.#file), results);
    } catch (error) {
      const failure = M3Error.from(error);
      for (const place of encoded.places) results[place] = failedGroup(groups[place] ?? { writes: [] }, failure);
    }
  }

  #run(task: Task, signal?: AbortSignal, bytes = smallTaskBytes): Promise<Result> {
    const { failure, queue } = this.#worker;
    if (failure !== undefined) return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      const giveUp = () => queue.abandon(pending, signal?.reason);
      const pending: PendingTask = {
        task,
        bytes,
        state: "waiting",
        settle: (result) => {
          signal?.removeEventListener("abort", giveUp);
          if (isM3Error(result)) reject(result);
          else if ("problem" in result) reject(storeError(result.problem, this.#file));
          else resolve(result);
        },
      };
      if (signal?.aborted) return giveUp();
      signal?.addEventListener("abort", giveUp);
      queue.add(pending);
    });
  }
}

function unexpected(): Error {
  return new Error("the worker answered with something else");
}
