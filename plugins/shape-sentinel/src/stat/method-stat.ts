import { LeapArray } from "./leap-array.ts";
import { methodBucketMs, methodBuckets, PassWindow, windowShape } from "./window.ts";

/** The passes of one method, which all its rules read. It outlives a reload of the rules. */
export class MethodStat {
  readonly #shared = new LeapArray(methodBuckets, methodBucketMs);
  /** By interval in milliseconds. */
  readonly #own = new Map<number, LeapArray>();

  add(now: number): void {
    this.#shared.add(now, 1);
    for (const counts of this.#own.values()) counts.add(now, 1);
  }

  window(statIntervalMs: number): PassWindow {
    const { buckets, lengthMs, reuses } = windowShape(statIntervalMs);
    return new PassWindow(reuses ? this.#shared : this.#ownCounts(buckets, lengthMs), buckets);
  }

  /** Forgets the intervals that no rule reads any more. */
  keepOnly(intervals: ReadonlySet<number>): void {
    for (const interval of this.#own.keys()) if (!intervals.has(interval)) this.#own.delete(interval);
  }

  #ownCounts(buckets: number, lengthMs: number): LeapArray {
    const interval = buckets * lengthMs;
    const counts = this.#own.get(interval) ?? new LeapArray(buckets, lengthMs);
    this.#own.set(interval, counts);
    return counts;
  }
}
