import type { Clock, ShapeEntry } from "m3game";
import { reasonError } from "m3game/internal";
import type { QueuePlace } from "./flow/verdict.ts";

/** The calls that wait for their turn. Disposing refuses them. */
export class WaitingCalls implements Disposable {
  readonly #clock: Clock;
  readonly #refusals = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is the call's turn. Rejects with the signal's reason when it is given up, with its place left. */
  async wait({ method, signal }: Pick<ShapeEntry, "method" | "signal">, place: QueuePlace): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    const refuse = () => reject(reasonError("RATE_LIMITED", `${method} waited for its turn while the app stopped`));
    const timer = this.#clock.after(place.waitMs, resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#refusals.add(refuse);
    if (signal.aborted) onAbort();
    try {
      await promise;
    } catch (error) {
      place.leave();
      throw error;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      this.#refusals.delete(refuse);
    }
  }

  [Symbol.dispose](): void {
    for (const refuse of this.#refusals) refuse();
  }
}
