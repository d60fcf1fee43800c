import type { Clock } from "../../meta/clock.ts";

/** How long it is believed that an actor is where it was. */
const freshMs = 1000;
/** How many actors are kept in mind. */
const maxHints = 10_000;

interface Hint {
  readonly app: string;
  readonly until: number;
}

/**
 * Remembers for a moment which apps the claims of actors named, so that calls which reach an app without their actor ask the lease store once
 * and not each time. A hint says where to ask, never who owns: the app that it leads to runs the call only with the claim.
 */
export class HolderHints {
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #hints = new Map<string, Hint>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The app that held the actor a moment ago. */
  get(id: string): string | undefined {
    const hint = this.#hints.get(id);
    if (hint === undefined) return undefined;
    if (this.#clock.now() < hint.until) return hint.app;
    this.#hints.delete(id);
    return undefined;
  }

  /** The claim has just named this app. */
  set(id: string, app: string): void {
    this.#hints.delete(id);
    if (this.#hints.size >= maxHints) this.#forgetOldest();
    this.#hints.set(id, { app, until: this.#clock.now() + freshMs });
  }

  forget(id: string): void {
    this.#hints.delete(id);
  }

  #forgetOldest(): void {
    const { value } = this.#hints.keys().next();
    if (value !== undefined) this.#hints.delete(value);
  }
}
