import type { PassWindow } from "../stat/window.ts";
import { type Allowance, type Limit, refusal, type Verdict } from "./verdict.ts";

/** Refuses what goes beyond the allowance of a window. */
export class RejectLimit implements Limit {
  readonly #window: PassWindow;
  readonly #allowance: Allowance;

  constructor(window: PassWindow, allowance: Allowance) {
    this.#window = window;
    this.#allowance = allowance;
  }

  check(now: number, calls: number): Verdict {
    const allowed = this.#allowance.at(now);
    const excess = this.#window.sum(now) + calls - allowed;
    if (excess <= 0) return undefined;
    return refusal(calls > allowed ? undefined : this.#window.roomInMs(now, excess));
  }
}
