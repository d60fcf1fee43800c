import { GateError } from "@m3game/client";
import { isWithin, type Losses } from "./losses.ts";

interface Acknowledged {
  readonly value: number;
  readonly at: number;
}

/** How long what was acknowledged is known: longer than any window goes back. */
const rememberMs = 120_000;

/** A number that every change makes larger by one, as its owner acknowledged it. */
export class Tally {
  readonly #name: string;
  readonly #losses: Losses;
  #value = 0;
  /** Changes of which nobody knows whether they happened. */
  #open = 0;
  #history: Acknowledged[] = [];

  constructor(name: string, losses: Losses) {
    this.#name = name;
    this.#losses = losses;
  }

  get value(): number {
    return this.#value;
  }

  /** The next change as it is to be when all that is open has happened. */
  get next(): number {
    return this.#value + this.#open + 1;
  }

  /** Makes one change; `change` resolves with what it is then. Rejects with what that failed with. */
  async change(change: () => Promise<number>): Promise<void> {
    let value: number;
    try {
      value = await change();
    } catch (error) {
      if (!(error instanceof GateError && error.notExecuted)) this.fail();
      throw error;
    }
    this.acknowledge(value);
  }

  /** A change was acknowledged, and this is what it is now. */
  acknowledge(value: number): void {
    const at = performance.now();
    this.see(value - 1);
    this.#value = value;
    this.#history.push({ value, at });
    if (this.#history.length > 1000) this.#history = this.#history.filter((entry) => at - entry.at < rememberMs);
  }

  /** A change failed, and may have happened. */
  fail(): void {
    this.#open++;
  }

  /** What it is now. Throws where that can't be. */
  see(value: number): void {
    const { windows } = this.#losses;
    if (value > this.#value + this.#open) {
      throw new Error(`${this.#name} is ${value}, and at most ${this.#value + this.#open} was ever written`);
    }
    const lost = this.#history.filter((entry) => entry.value > value);
    const wrong = lost.find(({ at }) => !isWithin(windows, at));
    if (wrong !== undefined || (value < this.#value && lost.length === 0)) {
      throw new Error(`${this.#name} is ${value}, but ${this.#value} was acknowledged: a write is lost`);
    }
    for (const { at } of lost) this.#losses.onLost(at);
    if (lost.length > 0) this.#history = this.#history.filter((entry) => entry.value <= value);
    this.#value = value;
    this.#open = 0;
  }
}
