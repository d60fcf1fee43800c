import type { Clock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";

/** How much of a queue is taken, and those who wait until there is room. */
export class SaveRoom {
  /** Encoded, of all that waits to be written. */
  bytes = 0;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<PromiseWithResolvers<void>>();

  constructor(clock: Clock, maxBytes: number, timeoutMs: number) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#timeoutMs = timeoutMs;
  }

  get isFull(): boolean {
    return this.bytes >= this.#maxBytes;
  }

  /** Takes room, or gives some back. */
  count(bytes: number): void {
    this.bytes += bytes;
    if (this.#waiting.size > 0 && !this.isFull) for (const waiting of this.#waiting) waiting.resolve();
  }

  /** Resolves when there may be room. Rejects with OVERLOADED when that takes too long. */
  async wait(): Promise<void> {
    const room = Promise.withResolvers<void>();
    const timer = this.#clock.after(this.#timeoutMs, () =>
      room.reject(
        reasonError("OVERLOADED", `${this.bytes} bytes wait to be saved already: the store does not keep up`),
      ),
    );
    this.#waiting.add(room);
    try {
      await room.promise;
    } finally {
      this.#waiting.delete(room);
      timer.cancel();
    }
  }

  /** There will be none any more. */
  close(error: Error): void {
    for (const waiting of this.#waiting) waiting.reject(error);
  }
}
