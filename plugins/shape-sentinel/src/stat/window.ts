import type { LeapArray } from "./leap-array.ts";

/** Length and number of the buckets of every method's own statistic: ten seconds. */
export const methodBuckets = 20;
export const methodBucketMs = 500;
const methodWindowMs = methodBuckets * methodBucketMs;

const defaultIntervalMs = 1000;

/** How the passes of an interval are counted. */
export interface WindowShape {
  readonly buckets: number;
  readonly lengthMs: number;
  /** The method's own statistic holds it; false: it needs buckets of its own. */
  readonly reuses: boolean;
}

/** The window that a rule's StatIntervalMs stands for. */
export function windowShape(statIntervalMs: number): WindowShape {
  const intervalMs = statIntervalMs || defaultIntervalMs;
  if (intervalMs > methodWindowMs || intervalMs % methodBucketMs !== 0) {
    return { buckets: 1, lengthMs: intervalMs, reuses: false };
  }
  const reuses = methodWindowMs % intervalMs === 0;
  return { buckets: intervalMs / methodBucketMs, lengthMs: methodBucketMs, reuses };
}

/** The passes of the last interval. */
export class PassWindow {
  readonly #counts: LeapArray;
  readonly #buckets: number;

  constructor(counts: LeapArray, buckets: number) {
    this.#counts = counts;
    this.#buckets = buckets;
  }

  sum(now: number): number {
    return this.#counts.sum(now, this.#buckets);
  }

  /** How long until there is room for `excess` more, in milliseconds; undefined when waiting makes none. */
  roomInMs(now: number, excess: number): number | undefined {
    const at = this.#counts.fallsAt(now, this.#buckets, excess);
    return at === undefined ? undefined : at - now;
  }

  /** Passes per second as they were one bucket ago. */
  previousRate(now: number): number {
    const { lengthMs } = this.#counts;
    return this.#counts.sum(now - lengthMs, this.#buckets) / ((lengthMs * this.#buckets) / 1000);
  }
}
