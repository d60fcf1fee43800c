import type { Logger } from "../plugin/log.ts";
import type { OwnershipState } from "./owned-session.ts";

/** Who is told of the state of an app's ownership. */
export class StateListeners {
  readonly #listeners = new Set<(state: OwnershipState) => void>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(listener: (state: OwnershipState) => void): Disposable {
    // The same function may be added twice.
    const entry = (state: OwnershipState) => listener(state);
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  tell(state: OwnershipState): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(state);
      } catch (error) {
        this.#log.error("a listener of ownership threw", { state, error });
      }
    }
  }
}
