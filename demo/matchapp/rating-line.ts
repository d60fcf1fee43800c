import type { Waiting } from "./waiting.ts";

interface Place {
  readonly waiting: Waiting;
  lower: Place | undefined;
  higher: Place | undefined;
}

/** Tickets in the order of their ratings: who is near is found without looking at all of them. */
export class RatingLine {
  readonly #places = new Map<Waiting, Place>();

  constructor(all: Iterable<Waiting>) {
    let lower: Place | undefined;
    for (const waiting of [...all].sort((a, b) => a.rating - b.rating)) {
      const place: Place = { waiting, lower, higher: undefined };
      if (lower !== undefined) lower.higher = place;
      this.#places.set(waiting, place);
      lower = place;
    }
  }

  has(waiting: Waiting): boolean {
    return this.#places.has(waiting);
  }

  remove(waiting: Waiting): void {
    const place = this.#places.get(waiting);
    if (place === undefined) return;
    this.#places.delete(waiting);
    if (place.lower !== undefined) place.lower.higher = place.higher;
    if (place.higher !== undefined) place.higher.lower = place.lower;
  }

  /** The others, the nearest first, as far as `range`. Don't remove any meanwhile. */
  *near(waiting: Waiting, range: number): Generator<Waiting> {
    const place = this.#places.get(waiting);
    let { lower, higher } = place ?? { lower: undefined, higher: undefined };
    const distance = (other: Place | undefined) =>
      other === undefined ? Number.POSITIVE_INFINITY : Math.abs(other.waiting.rating - waiting.rating);
    for (;;) {
      const [below, above] = [distance(lower), distance(higher)];
      const next = below < above ? lower : higher;
      if (next === undefined || Math.min(below, above) > range) return;
      if (next === lower) lower = next.lower;
      else higher = next.higher;
      yield next.waiting;
    }
  }
}
