import type { Timer } from "../../meta/clock.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";

/** A timer that an actor has set. */
export interface ActorTimer {
  /** When it falls due, on the app's clock in milliseconds; Infinity while its turn is awaited. */
  due: number;
  readonly intervalMs: number | undefined;
  readonly task: () => MaybePromise<void>;
}

/** The timers that one actor has set, few at a time. */
export class ActorTimers {
  readonly #timers = new Set<ActorTimer>();

  /** When the next one is due, Infinity when there is none. */
  get nextDue(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const timer of this.#timers) due = Math.min(due, timer.due);
    return due;
  }

  add(due: number, intervalMs: number | undefined, task: () => MaybePromise<void>): Timer {
    const timer: ActorTimer = { due, intervalMs, task };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Those that are due now, and since when; none of them is due again before it was set. */
  takeDue(now: number): readonly { readonly timer: ActorTimer; readonly dueAt: number }[] {
    const due = [...this.#timers].filter((timer) => timer.due <= now).map((timer) => ({ timer, dueAt: timer.due }));
    for (const { timer } of due) timer.due = Number.POSITIVE_INFINITY;
    return due;
  }

  /** False for one that was cancelled, also while it waited for its turn. */
  has(timer: ActorTimer): boolean {
    return this.#timers.has(timer);
  }

  setDue(timer: ActorTimer, due: number): void {
    timer.due = due;
  }

  remove(timer: ActorTimer): void {
    this.#timers.delete(timer);
  }
}
