import type { CommittedWrite } from "../run/write-log.ts";

/** Each counter's writes follow on each other: one owner after the other, each on what was there before. */
export function checkWrites(writes: readonly CommittedWrite[]): readonly string[] {
  const problems: string[] = [];
  for (const [actor, own] of Map.groupBy(writes, (write) => write.actor)) {
    const report = (write: CommittedWrite, text: string) =>
      problems.push(`${actor}, version ${write.version} by ${write.owner}: ${text}`);
    const former = new Set<string>();
    const adds = new Set<string>();
    let last: CommittedWrite | undefined;
    for (const write of own) {
      if (write.epoch === null || write.counter === null) report(write, "was written without a fence");
      if (write.add_op !== "" && write.add_op !== last?.add_op) {
        if (adds.has(write.add_op)) report(write, `add ${write.add_op} was written twice`);
        adds.add(write.add_op);
      }
      if (former.has(write.owner)) report(write, "its owner wrote again after another one had");
      if (last !== undefined) {
        checkNext(last, write, (text) => report(write, text));
        if (last.owner !== write.owner) former.add(last.owner);
      }
      last = write;
    }
  }
  return problems;
}

function checkNext(last: CommittedWrite, next: CommittedWrite, report: (text: string) => void): void {
  if (next.version !== last.version + 1) report(`follows on version ${last.version}`);
  const fences = `(${last.epoch}, ${last.counter}) to (${next.epoch}, ${next.counter})`;
  const order = compare(next, last);
  if (order < 0) report(`the fence went back from ${fences}`);
  if (order !== 0 && next.owner === last.owner) report(`one owner wrote under two fences, ${fences}`);
  for (const field of ["count", "later"] as const) {
    if (next[field] < last[field]) report(`${field} went back from ${last[field]} to ${next[field]}`);
  }
}

function compare(a: CommittedWrite, b: CommittedWrite): number {
  return (a.epoch ?? 0) - (b.epoch ?? 0) || (a.counter ?? 0) - (b.counter ?? 0);
}
