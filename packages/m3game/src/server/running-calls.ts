import { DeadlineNode } from "../meta/deadline-wheel.ts";
import type { M3Error } from "../meta/error.ts";

/** A call that an app works on. It is its own list node, so that to keep account of it allocates nothing. */
export abstract class RunningCall extends DeadlineNode {
  runningNext: RunningCall | undefined = undefined;
  runningPrevious: RunningCall | undefined = undefined;

  abstract readonly method: string;
  /** Ends it with an error of this app's: the app stops. */
  abstract abandon(error: M3Error): void;
}

/**
 * The calls that an app works on. A list: a Set gets a new table every few calls, and each old one keeps the calls in it,
 * and the table after it, until the whole heap is collected.
 */
export class RunningCalls {
  #first: RunningCall | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(call: RunningCall): void {
    call.runningNext = this.#first;
    if (this.#first !== undefined) this.#first.runningPrevious = call;
    this.#first = call;
    this.#size++;
  }

  /** Takes out a call that is in it. */
  remove(call: RunningCall): void {
    const { runningNext: next, runningPrevious: previous } = call;
    if (previous === undefined) this.#first = next;
    else previous.runningNext = next;
    if (next !== undefined) next.runningPrevious = previous;
    call.runningNext = undefined;
    call.runningPrevious = undefined;
    this.#size--;
  }

  *[Symbol.iterator](): IterableIterator<RunningCall> {
    for (let call = this.#first; call !== undefined; ) {
      // Whoever looks at one may take it out.
      const next: RunningCall | undefined = call.runningNext;
      yield call;
      call = next;
    }
  }
}
