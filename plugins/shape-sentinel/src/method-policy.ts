import type { Clock, ShapeEntry, ShapePermit } from "m3game";
import { reasonError } from "m3game/internal";
import { BreakerPermit } from "./breaker/breaker-permit.ts";
import type { CircuitBreaker } from "./breaker/circuit-breaker.ts";
import type { Flow } from "./flow/flow.ts";
import type { QueuePlace } from "./flow/verdict.ts";
import type { MethodStat } from "./stat/method-stat.ts";
import type { WaitingCalls } from "./waiting-calls.ts";

export interface MethodPolicyOptions {
  readonly clock: Clock;
  readonly waiting: WaitingCalls;
  readonly flows: readonly Flow[];
  readonly breakers: readonly CircuitBreaker[];
  /** Undefined when no rule reads it. */
  readonly stat: MethodStat | undefined;
}

interface Queued {
  /** Which of the flows has it wait. */
  readonly index: number;
  readonly place: QueuePlace;
}

/** The rules of one method on one side, at work: limits in the order of the file, then breakers. */
export class MethodPolicy {
  readonly #options: MethodPolicyOptions;

  constructor(options: MethodPolicyOptions) {
    this.#options = options;
  }

  /** Undefined without a breaker: nobody else wants to know how the call ends. */
  enter(entry: ShapeEntry): ShapePermit | undefined | Promise<ShapePermit | undefined> {
    const now = entry.at ?? this.#options.clock.now();
    const queued = this.#check(entry, 0, now);
    return queued === undefined ? this.#admit(entry, now, now) : this.#admitLater(entry, now, queued);
  }

  async #admitLater(entry: ShapeEntry, enteredAt: number, first: Queued): Promise<ShapePermit | undefined> {
    const { clock, flows, waiting } = this.#options;
    for (let queued = first; ; ) {
      await waiting.wait(entry, queued.place);
      const now = clock.now();
      // Others passed meanwhile: limits that only count are asked again, so that this one does not go beyond them.
      for (const flow of flows.slice(0, queued.index)) if (!flow.queues) this.#checkOne(flow, entry, now);
      const next = this.#check(entry, queued.index + 1, now);
      if (next === undefined) return this.#admit(entry, enteredAt, now);
      queued = next;
    }
  }

  /** Asks the flows from `start` on. Undefined: all let it pass at once. Throws RATE_LIMITED. */
  #check(entry: ShapeEntry, start: number, now: number): Queued | undefined {
    const { flows } = this.#options;
    for (let index = start; index < flows.length; index++) {
      const flow = flows[index];
      const place = flow && this.#checkOne(flow, entry, now);
      if (place !== undefined) return { index, place };
    }
    return undefined;
  }

  #checkOne(flow: Flow, entry: ShapeEntry, now: number): QueuePlace | undefined {
    const verdict = flow.check(entry, now);
    if (verdict?.kind !== "refused") return verdict;
    const { retryAfterMs } = verdict;
    throw reasonError("RATE_LIMITED", `${entry.method} is limited by a traffic rule`, {
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }

  /** Asks the breakers and counts the pass, all in one step. Throws BREAKER_OPEN. */
  #admit(entry: ShapeEntry, enteredAt: number, now: number): ShapePermit | undefined {
    const { breakers, clock, flows, stat } = this.#options;
    const tickets = breakers.length === 0 ? [] : this.#tickets(entry, now);
    stat?.add(now);
    for (const flow of flows) flow.count(entry, now);
    if (breakers.length === 0) return undefined;
    return new BreakerPermit({ breakers, tickets, clock, enteredAt, signal: entry.signal });
  }

  #tickets({ method }: ShapeEntry, now: number): readonly number[] {
    const { breakers } = this.#options;
    const tickets: number[] = [];
    for (const breaker of breakers) {
      const ticket = breaker.tryPass(now);
      if (ticket === undefined) {
        tickets.forEach((given, index) => void breakers[index]?.giveBack(given));
        throw reasonError("BREAKER_OPEN", `${method} failed or was slow too often: its breaker is ${breaker.state}`, {
          retryAfterMs: breaker.retryAfterMs(now),
        });
      }
      tickets.push(ticket);
    }
    return tickets;
  }
}
