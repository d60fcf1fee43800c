import { type DbGroup, type DbWrite, type DbWriteResult, M3Error } from "m3game";
import type { TableRegistry } from "m3game/internal";
import type { PreparedTable } from "./prepared-table.ts";
import { type Problem, refusals, type SqlValue, writeKinds } from "./protocol.ts";
import { scopeData } from "./scope-data.ts";

type Tables = TableRegistry<PreparedTable>;

/** Groups that go to the worker as one task. */
export interface EncodedGroups {
  readonly data: SqlValue[];
  /** Their places among the groups of the call. */
  readonly places: number[];
  /** Roughly the size of the data. */
  bytes: number;
}

/** How many bytes of groups go to the worker as one task: between two of them others get their turn. */
const maxTaskBytes = 64 * 1024;

/** Encodes groups. One with a value that does not fit is left out, and its results are entered. */
export function encodeGroups(
  tables: Tables,
  groups: readonly DbGroup[],
  results: (readonly DbWriteResult[])[],
): readonly EncodedGroups[] {
  const tasks: EncodedGroups[] = [];
  let task: EncodedGroups = { data: [], places: [], bytes: 0 };
  for (const [place, group] of groups.entries()) {
    if (group.writes.length === 0) continue;
    if (task.bytes >= maxTaskBytes) {
      tasks.push(task);
      task = { data: [], places: [], bytes: 0 };
    }
    const start = task.data.length;
    try {
      encodeGroup(tables, group, task.data);
      task.places.push(place);
      for (let index = start; index < task.data.length; index++) task.bytes += sizeOf(task.data[index]);
    } catch (error) {
      task.data.length = start;
      results[place] = failedGroup(group, M3Error.from(error));
    }
  }
  if (task.places.length > 0) tasks.push(task);
  return tasks;
}

function encodeGroup(tables: Tables, { scope, writes }: DbGroup, data: SqlValue[]): void {
  data.push(writes.length);
  if (scope === undefined) {
    data.push(null);
  } else {
    const [claim, epoch, counter] = scopeData(scope);
    data.push(claim, epoch, counter);
  }
  for (const write of writes) encodeWrite(tables, write, data);
}

function encodeWrite(tables: Tables, write: DbWrite, data: SqlValue[]): void {
  const table = tables.get(write.table);
  // A version beyond what a number can count is that of no row.
  const version = write.kind === "create" ? 0 : Number(write.version);
  data.push(writeKinds[write.kind], table.layout.id, table.encodeKey(write.key), version);
  if (write.kind === "delete") {
    data.push("");
    return;
  }
  const columns = table.fields(write.kind === "create" ? undefined : write.fields);
  data.push(columns.list);
  table.encode(write.message, columns, data);
}

function sizeOf(value: SqlValue | undefined): number {
  return 8 + (typeof value === "string" || value instanceof Uint8Array ? value.length : 0);
}

/** Enters what became of the groups of a task. */
export function decodeResults(
  groups: readonly DbGroup[],
  { places }: EncodedGroups,
  { writes, problems }: { readonly writes: readonly number[]; readonly problems: readonly Problem[] },
  toError: (problem: Problem) => M3Error,
  results: (readonly DbWriteResult[])[],
): void {
  let at = 0;
  for (const place of places) {
    const count = groups[place]?.writes.length ?? 0;
    const outcomes: DbWriteResult[] = [];
    for (const end = at + count; at < end; at++) outcomes.push(toResult(writes[at] ?? 0, problems, toError));
    results[place] = outcomes;
  }
}

function toResult(code: number, problems: readonly Problem[], toError: (problem: Problem) => M3Error): DbWriteResult {
  if (code > 0) return { status: "written", version: BigInt(code) };
  const reason = refusals[-code];
  if (reason !== undefined) return { status: "refused", reason };
  const problem = problems[-code - refusals.length];
  if (problem === undefined) throw new Error(`the worker's answer ${code} means nothing`);
  return { status: "failed", error: toError(problem) };
}

/** The same failure for each write of a group. */
export function failedGroup({ writes }: DbGroup, error: M3Error): readonly DbWriteResult[] {
  return writes.map(() => ({ status: "failed", error }));
}
