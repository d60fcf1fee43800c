import { isWithin, type Loss, type LossWindow } from "../load/losses.ts";

/** A store that was lost and went back to its last back-up. Times on the monotonic clock, in milliseconds. */
export interface Rollback {
  /** What had happened to the store. */
  readonly name: string;
  /** When the back-up began. */
  readonly backupAt: number;
  readonly lostAt: number;
  /** Whatever was lost by it had been acknowledged then. */
  readonly window: LossWindow;
}

/** What was lost by a rollback, and of when it was. */
export function describeRollback({ name, backupAt, lostAt, window }: Rollback, losses: readonly Loss[]): string {
  const lost = losses.filter(({ at }) => isWithin([window], at));
  const of = (what: Loss["what"]) => lost.filter((loss) => loss.what === what);
  const seconds = (ms: number) => `${(Math.abs(ms) / 1000).toFixed(1)} s ${ms < 0 ? "before" : "after"} the back-up`;
  const times = lost.map(({ at }) => at - backupAt);
  const players = new Set(of("change").map(({ who }) => who)).size;
  return [
    `the store ${name}: lost ${of("change").length} changes of ${players} players, ${of("club").length} of clubs, ${of("player").length} new players, ${of("fight").length} ends of fights`,
    ...(times.length > 0
      ? [`the oldest of ${seconds(Math.min(...times))}, the newest of ${seconds(Math.max(...times))}`]
      : []),
    `the apps were killed ${seconds(lostAt - backupAt)}`,
  ].join("; ");
}
