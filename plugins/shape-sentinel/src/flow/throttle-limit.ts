import { type Allowance, type Limit, refusal, type Verdict } from "./verdict.ts";

const nanosecondsPerMs = 1e6;
const defaultIntervalMs = 1000;

export interface ThrottleOptions {
  readonly allowance: Allowance;
  /** 0 stands for 1000. */
  readonly statIntervalMs: number;
  readonly maxQueueWaitMs: number;
}

/**
 * Spaces calls evenly, with no burst: each waits for its turn, and one that would wait too long is refused.
 *
 * Times are whole nanoseconds, so that turns which fall on the limit are not lost to rounding.
 */
export class ThrottleLimit implements Limit {
  readonly #allowance: Allowance;
  readonly #intervalNs: number;
  readonly #maxQueueWaitNs: number;
  /** The turn of the last call in the queue. */
  #last = Number.NEGATIVE_INFINITY;

  constructor({ allowance, statIntervalMs, maxQueueWaitMs }: ThrottleOptions) {
    this.#allowance = allowance;
    this.#intervalNs = (statIntervalMs || defaultIntervalMs) * nanosecondsPerMs;
    this.#maxQueueWaitNs = maxQueueWaitMs * nanosecondsPerMs;
  }

  check(now: number, calls: number): Verdict {
    const allowed = this.#allowance.at(now);
    if (allowed <= 0 || calls > allowed) return refusal();
    const nowNs = Math.round(now * nanosecondsPerMs);
    const step = Math.ceil((calls / allowed) * this.#intervalNs);
    const turn = this.#last + step;
    if (turn <= nowNs) {
      this.#last = nowNs;
      return undefined;
    }
    const wait = turn - nowNs;
    const tooLong = wait - this.#maxQueueWaitNs;
    if (tooLong > 0) return refusal(tooLong / nanosecondsPerMs);
    this.#last = turn;
    return {
      kind: "queued",
      waitMs: wait / nanosecondsPerMs,
      leave: () => {
        if (this.#last === turn) this.#last -= step;
      },
    };
  }
}
