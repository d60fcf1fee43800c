import { createManualClock, type ManualClock, Received } from "@m3game/testing";
import type { Timer } from "m3game";

/** A clock that stands still until advanced, and tells of each timer that is set. */
export class RecordingClock implements ManualClock {
  /** The delay of each timer, in milliseconds. */
  readonly delays = new Received<number>();
  readonly #clock = createManualClock();

  now(): number {
    return this.#clock.now();
  }

  after(delayMs: number, task: () => void): Timer {
    const timer = this.#clock.after(delayMs, task);
    this.delays.listener(delayMs);
    return timer;
  }

  advance(ms: number): void {
    this.#clock.advance(ms);
  }

  get pending(): number {
    return this.#clock.pending;
  }
}
