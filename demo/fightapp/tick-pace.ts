/** How late ticks are that should come at a fixed rate. */
export class TickPace {
  readonly #intervalMs: number;
  #due: number | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** A tick begins now, in milliseconds of any clock: how late it is, measured by those before it. Ticks that were left out are not waited for. */
  late(now: number): number {
    const due = Math.min(this.#due ?? now, now);
    this.#due = due + this.#intervalMs > now ? due + this.#intervalMs : now + this.#intervalMs;
    return now - due;
  }
}
