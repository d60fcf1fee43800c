import type { PassWindow } from "../stat/window.ts";
import type { Allowance } from "./verdict.ts";

const syncMs = 1000;

export interface WarmUpOptions {
  readonly threshold: number;
  readonly periodSec: number;
  /** How many times less a cold method may do. */
  readonly coldFactor: number;
  readonly window: PassWindow;
}

/**
 * The allowance of a method that has to warm up: a bucket of tokens that is full when nothing was asked for long. The more
 * tokens are left above the warning line, the colder the method and the smaller the allowance.
 */
export class WarmUp implements Allowance {
  readonly #threshold: number;
  readonly #coldRate: number;
  readonly #warningTokens: number;
  readonly #maxTokens: number;
  readonly #slope: number;
  readonly #window: PassWindow;
  #tokens: number;
  #syncedAt = Number.NEGATIVE_INFINITY;

  constructor({ threshold, periodSec, coldFactor, window }: WarmUpOptions) {
    this.#threshold = threshold;
    this.#coldRate = Math.floor(Math.floor(threshold) / coldFactor);
    this.#warningTokens = Math.floor((periodSec * threshold) / (coldFactor - 1));
    this.#maxTokens = this.#warningTokens + Math.floor((2 * periodSec * threshold) / (1 + coldFactor));
    this.#slope = (coldFactor - 1) / threshold / (this.#maxTokens - this.#warningTokens);
    this.#window = window;
    this.#tokens = this.#maxTokens;
  }

  at(now: number): number {
    this.#sync(now);
    const above = this.#tokens - this.#warningTokens;
    if (above < 0 || this.#maxTokens === this.#warningTokens) return this.#threshold;
    return nextUp(1 / (above * this.#slope + 1 / this.#threshold));
  }

  /** Once a second: fills in what time brought and takes out what passed. */
  #sync(now: number): void {
    const second = now - (now % syncMs);
    if (second <= this.#syncedAt) return;
    const passRate = this.#window.previousRate(now);
    this.#tokens = Math.max(0, this.#filled(second, passRate) - Math.trunc(passRate));
    this.#syncedAt = second;
  }

  #filled(second: number, passRate: number): number {
    const cools =
      this.#tokens < this.#warningTokens || (this.#tokens > this.#warningTokens && passRate < this.#coldRate);
    if (!cools) return this.#tokens;
    const brought = ((second - this.#syncedAt) * this.#threshold) / syncMs;
    return Math.min(this.#maxTokens, Math.floor(this.#tokens + brought));
  }
}

/** The next larger number, so that a rounded-down quotient does not lose a call. */
function nextUp(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + 1n);
  return view.getFloat64(0);
}
