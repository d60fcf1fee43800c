import type { Counter, Meter, Observer } from "m3game";

const keptMatches = 1000;

const formed = { name: "match_formed_total", help: "Matches formed, with bots or without", labels: ["bots"] };
const waits = { name: "match_wait_seconds", help: "How long tickets waited for their match" };
const gaps = { name: "match_rating_gap", help: "Between the sides' mean ratings, of matches without bots" };

/** How a match came about. */
export interface FormedMatch {
  /** Between the sides' mean ratings. */
  readonly ratingGap: number;
  /** How long each of its tickets waited, in milliseconds. */
  readonly waitsMs: readonly number[];
  readonly hasBots: boolean;
}

/** How fair the last matches were, and how long they took; metrics tell the same of all. */
export class Fairness {
  readonly #last: FormedMatch[] = [];
  readonly #counter: Counter;
  readonly #waits: Observer;
  readonly #gaps: Observer;
  #formed = 0;

  constructor(meter: Meter) {
    this.#counter = meter.counter(formed);
    this.#waits = meter.summary(waits);
    this.#gaps = meter.summary(gaps);
  }

  add(match: FormedMatch): void {
    this.#formed++;
    this.#counter.add(1, { bots: match.hasBots ? "yes" : "no" });
    for (const waitMs of match.waitsMs) this.#waits.observe(waitMs / 1000);
    if (!match.hasBots) this.#gaps.observe(match.ratingGap);
    this.#last.push(match);
    if (this.#last.length > keptMatches) this.#last.shift();
  }

  report() {
    const ratingGaps = this.#last.filter(({ hasBots }) => !hasBots).map(({ ratingGap }) => ratingGap);
    const waitsMs = this.#last.flatMap((match) => match.waitsMs);
    return {
      formed: this.#formed,
      withBots: this.#last.filter(({ hasBots }) => hasBots).length,
      ...{ meanRatingGap: mean(ratingGaps), p99RatingGap: p99(ratingGaps) },
      ...{ meanWaitMs: mean(waitsMs), p99WaitMs: p99(waitsMs) },
    };
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
}
