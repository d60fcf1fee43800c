import type { Timer } from "../../meta/clock.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";

interface ActorTimer {
  due: number;
  readonly intervalMs: number | undefined;
  readonly task: () => MaybePromise<void>;
}

/** The timers that one actor has set, few at a time. */
export class ActorTimers {
  readonly #timers = new Set<ActorTimer>();

  get isEmpty(): boolean {
    return this.#timers.size === 0;
  }

  /** When the next one is due, Infinity when there is none. */
  get nextDue(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const timer of this.#timers) due = Math.min(due, timer.due);
    return due;
  }

  add(due: number, intervalMs: number | undefined, task: () => MaybePromise<void>): Timer {
    const timer: ActorTimer = { due, intervalMs, task };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** The tasks that are due now; those that repeat are set again from now on. */
  takeDue(now: number): readonly (() => MaybePromise<void>)[] {
    const due: (() => MaybePromise<void>)[] = [];
    for (const timer of this.#timers) {
      if (timer.due > now) continue;
      due.push(timer.task);
      if (timer.intervalMs === undefined) this.#timers.delete(timer);
      else timer.due = now + timer.intervalMs;
    }
    return due;
  }
}
