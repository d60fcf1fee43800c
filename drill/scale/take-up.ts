import type { LoggedCall } from "../load/call-log.ts";

/** An app serves its share when it serves so much of it. */
const enough = 0.9;

/**
 * How long after `from` an app served nine of ten of the players that it served in the end, at `to`; undefined when it served none
 * then. Times in milliseconds.
 */
export function takeUpMs(calls: readonly LoggedCall[], app: string, from: number, to: number): number | undefined {
  const told = calls.filter((call) => call.app !== undefined && call.to <= to).toSorted((a, b) => a.to - b.to);
  const last = new Map(told.map((call) => [call.player, call.app]));
  const firsts = new Map<number, number>();
  for (const call of told) {
    if (call.app !== app || last.get(call.player) !== app || firsts.has(call.player)) continue;
    firsts.set(call.player, Math.max(0, call.to - from));
  }
  const times = [...firsts.values()].toSorted((a, b) => a - b);
  return times[Math.ceil(times.length * enough) - 1];
}
