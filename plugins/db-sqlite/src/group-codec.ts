import { type DbGroup, type DbWriteResult, M3Error } from "m3game";
import type { TableRegistry } from "m3game/internal";
import { type EncodedGroups, GroupTasks } from "./group-tasks.ts";
import type { PreparedTable } from "./prepared-table.ts";
import { type Problem, refusals } from "./protocol.ts";

/** Encodes groups. One with a value that does not fit is left out, and its results are entered. */
export function encodeGroups(
  tables: TableRegistry<PreparedTable>,
  groups: readonly DbGroup[],
  results: (readonly DbWriteResult[])[],
): readonly EncodedGroups[] {
  const tasks = new GroupTasks(tables);
  for (let place = 0; place < groups.length; place++) {
    const group = groups[place];
    if (group === undefined || group.writes.length === 0) continue;
    try {
      tasks.add(place, group);
    } catch (error) {
      results[place] = failedGroup(group, M3Error.from(error));
    }
  }
  return tasks.all.filter(({ places }) => places.length > 0);
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
  const next = () => toResult(writes[at++], problems, toError);
  for (const place of places) results[place] = groups[place]?.writes.map(next) ?? [];
}

function toResult(
  code: number | undefined,
  problems: readonly Problem[],
  toError: (problem: Problem) => M3Error,
): DbWriteResult {
  if (code === undefined) throw new Error("the worker left a write without an answer");
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
