import type { BreakRule } from "../rules/rule-schema.ts";
import { LeapArray } from "../stat/leap-array.ts";

export type BreakerState = "closed" | "open" | "half-open";

/** How a call ended. */
export interface Outcome {
  /** From its entry, the wait for its turn included. */
  readonly durationMs: number;
  readonly failed: boolean;
}

const ratioTolerance = 1e-8;

/** Keeps calls off a method that fails or is slow too often, and lets one after the other try whether it works again. */
export class CircuitBreaker {
  readonly #rule: BreakRule;
  readonly #onState: (state: BreakerState) => void;
  readonly #total: LeapArray;
  readonly #bad: LeapArray;
  #state: BreakerState = "closed";
  #retryAt = 0;
  /** Numbers tickets: those of a probe are its own, those of a closed breaker are all the same until it opens. */
  #serial = 0;
  #closedTicket = 0;
  /** The probes under way, by ticket, with when they began. */
  readonly #probes = new Map<number, number>();
  #goodProbes = 0;

  constructor(rule: BreakRule, onState: (state: BreakerState) => void) {
    this.#rule = rule;
    this.#onState = onState;
    this.#total = new LeapArray(1, rule.StatIntervalMs);
    this.#bad = new LeapArray(1, rule.StatIntervalMs);
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** How many completions, and how many bad ones, the interval of `now` has. */
  counts(now: number): readonly [total: number, bad: number] {
    return [this.#total.sum(now, 1), this.#bad.sum(now, 1)];
  }

  /** A ticket for a call that may run, undefined for one that may not. */
  tryPass(now: number): number | undefined {
    switch (this.#state) {
      case "closed":
        return this.#closedTicket;
      case "open":
        if (now < this.#retryAt) return undefined;
        this.#goodProbes = 0;
        this.#become("half-open");
        return this.#probe(now);
      case "half-open":
        this.#forgetLostProbes(now);
        return this.#probes.size + this.#goodProbes < this.#wantedProbes ? this.#probe(now) : undefined;
    }
  }

  /** The call was refused by a later rule: it did not run. */
  giveBack(ticket: number): void {
    if (!this.#probes.delete(ticket) || this.#probes.size > 0 || this.#goodProbes > 0) return;
    // The time to retry stays as it was: the next call is a probe at once.
    this.#become("open");
  }

  /** The call ended. It is counted in every state, but judged only by the state that let it pass. */
  complete(ticket: number, outcome: Outcome, now: number): void {
    const bad = this.#isBad(outcome);
    this.#total.add(now, 1);
    if (bad) this.#bad.add(now, 1);
    if (this.#state === "half-open" && this.#probes.delete(ticket)) this.#judgeProbe(bad, now);
    else if (this.#state === "closed" && ticket === this.#closedTicket && this.#mustTrip(now)) this.#open(now);
  }

  /** How long until a call may try again, in milliseconds. */
  retryAfterMs(now: number): number {
    if (this.#state === "open") return Math.max(0, this.#retryAt - now);
    const oldest = Math.min(...this.#probes.values());
    return Math.max(0, oldest + this.#rule.RetryTimeOutMs - now);
  }

  get #wantedProbes(): number {
    return Math.max(1, this.#rule.ProbeNum);
  }

  #probe(now: number): number {
    const ticket = ++this.#serial;
    this.#probes.set(ticket, now);
    return ticket;
  }

  /** A probe that never ends must not keep the breaker half open for ever. */
  #forgetLostProbes(now: number): void {
    for (const [ticket, since] of this.#probes) {
      if (now - since >= this.#rule.RetryTimeOutMs) this.#probes.delete(ticket);
    }
  }

  #judgeProbe(bad: boolean, now: number): void {
    if (bad) return this.#open(now);
    this.#goodProbes++;
    if (this.#goodProbes < this.#wantedProbes) return;
    this.#total.clear();
    this.#bad.clear();
    this.#closedTicket = ++this.#serial;
    this.#become("closed");
  }

  #open(now: number): void {
    this.#retryAt = now + this.#rule.RetryTimeOutMs;
    this.#probes.clear();
    this.#become("open");
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#onState(state);
  }

  #isBad({ durationMs, failed }: Outcome): boolean {
    return isSlowRule(this.#rule) ? durationMs > this.#rule.SlowRequestMs : failed;
  }

  #mustTrip(now: number): boolean {
    const [total, bad] = this.counts(now);
    const { MinRequestNum, Strategy, Threshold } = this.#rule;
    if (total < MinRequestNum) return false;
    if (Strategy === "ErrorCount") return bad >= Math.trunc(Threshold);
    return bad / total >= Threshold / 1000 - ratioTolerance;
  }
}

function isSlowRule({ Strategy }: BreakRule): boolean {
  return Strategy === "SlowRequst" || Strategy === "SlowRequest";
}
