import type { Clock, ShapePermit } from "m3game";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { isFault } from "./is-fault.ts";

export interface BreakerPermitOptions {
  readonly breakers: readonly CircuitBreaker[];
  /** One of each breaker. */
  readonly tickets: readonly number[];
  readonly clock: Clock;
  readonly enteredAt: number;
  readonly signal: AbortSignal;
}

/** Tells the breakers how a call ended: when it did, or when it was given up, so that one that hangs is seen in time. */
export class BreakerPermit implements ShapePermit {
  readonly #options: BreakerPermitOptions;
  #ended = false;

  constructor(options: BreakerPermitOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  exit(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const { breakers, tickets, clock, enteredAt, signal } = this.#options;
    signal.removeEventListener("abort", this.#onAbort);
    const now = clock.now();
    const outcome = { durationMs: now - enteredAt, failed: isFault(error) };
    tickets.forEach((ticket, index) => void breakers[index]?.complete(ticket, outcome, now));
  }

  readonly #onAbort = (): void => this.exit(this.#options.signal.reason);
}
