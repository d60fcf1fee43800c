const keptMatches = 1000;

/** How a match came about. */
export interface FormedMatch {
  /** Between the sides' mean ratings. */
  readonly ratingGap: number;
  /** How long each of its tickets waited, in milliseconds. */
  readonly waitsMs: readonly number[];
  readonly hasBots: boolean;
}

/** How fair the last matches were, and how long they took. */
export class Fairness {
  readonly #last: FormedMatch[] = [];
  #formed = 0;

  add(match: FormedMatch): void {
    this.#formed++;
    this.#last.push(match);
    if (this.#last.length > keptMatches) this.#last.shift();
  }

  report() {
    const gaps = this.#last.filter(({ hasBots }) => !hasBots).map(({ ratingGap }) => ratingGap);
    const waits = this.#last.flatMap(({ waitsMs }) => waitsMs);
    return {
      formed: this.#formed,
      withBots: this.#last.filter(({ hasBots }) => hasBots).length,
      ...{ meanRatingGap: mean(gaps), p99RatingGap: p99(gaps) },
      ...{ meanWaitMs: mean(waits), p99WaitMs: p99(waits) },
    };
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
}
