import type { Row } from "./result.ts";
import { caseLabel } from "./suite.ts";

/** What a ratio compares. */
export type Metric = "opsPerSec" | "p50Ms";

/** The row of one case, or undefined when it was not measured. */
export function findRow(rows: readonly Row[], name: string, inFlight: number): Row | undefined {
  return rows.find((row) => row.name === name && row.params.inFlight === inFlight);
}

/** `a` divided by `b` at the same number in flight, or undefined when one was not measured. */
export function ratio(
  rows: readonly Row[],
  metric: Metric,
  a: string,
  b: string,
  inFlight: number,
): number | undefined {
  const top = findRow(rows, a, inFlight);
  const bottom = findRow(rows, b, inFlight);
  return top && bottom && top[metric] / bottom[metric];
}

/** The key of a ratio in a result: `a/b@n` for throughput, `p50:a/b@n` for latency. */
export function ratioKey(metric: Metric, a: string, b: string, inFlight: number): string {
  return `${metric === "p50Ms" ? "p50:" : ""}${a}/${b}@${inFlight}`;
}

/** A number of the case with the label `a` divided by that of `b`, undefined when one was not measured. */
export function labelRatio(
  rows: readonly Row[],
  read: (row: Row) => number | undefined,
  a: string,
  b: string,
): number | undefined {
  const [top, bottom] = [a, b].map((label) => {
    const row = rowLabelled(rows, label);
    return row && read(row);
  });
  return top === undefined || bottom === undefined ? undefined : top / bottom;
}

/** The row of the case with this label, `turn@10000`. */
export function rowLabelled(rows: readonly Row[], label: string): Row | undefined {
  return rows.find((row) => caseLabel(row) === label);
}
