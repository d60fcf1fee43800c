/**
 * Counts in a ring of buckets of equal length, aligned to the zero of the clock. A bucket is emptied when its place in the
 * ring is needed again. Where the last bucket stands is remembered: to find a place takes longer than to count.
 */
export class LeapArray {
  readonly lengthMs: number;
  readonly #numbers: Float64Array;
  readonly #counts: Float64Array;
  #last = -1;
  #lastPlace = 0;

  constructor(buckets: number, lengthMs: number) {
    this.lengthMs = lengthMs;
    this.#numbers = new Float64Array(buckets).fill(-1);
    this.#counts = new Float64Array(buckets);
  }

  add(now: number, count: number): void {
    const number = this.#numberAt(now);
    const place = this.#placeOf(number);
    if (this.#numbers[place] === number) {
      this.#counts[place] = this.#count(place) + count;
    } else {
      this.#numbers[place] = number;
      this.#counts[place] = count;
    }
  }

  /** What was counted in the bucket of `now` and the `buckets - 1` before it. */
  sum(now: number, buckets: number): number {
    const last = this.#numberAt(now);
    let place = this.#placeOf(last);
    let sum = 0;
    for (let number = last; number > last - buckets; number--) {
      if (this.#numbers[place] === number) sum += this.#count(place);
      place = place === 0 ? this.#counts.length - 1 : place - 1;
    }
    return sum;
  }

  /** When the sum will have fallen by `count`, if nothing is added; undefined when it is less than that. */
  fallsAt(now: number, buckets: number, count: number): number | undefined {
    const last = this.#numberAt(now);
    let fallen = 0;
    for (let number = last - buckets + 1; number <= last; number++) {
      fallen += this.#countOf(number);
      if (fallen >= count) return (number + buckets) * this.lengthMs;
    }
    return undefined;
  }

  clear(): void {
    this.#numbers.fill(-1);
  }

  #numberAt(now: number): number {
    return Math.floor(now / this.lengthMs);
  }

  #placeOf(number: number): number {
    if (number !== this.#last) {
      this.#last = number;
      this.#lastPlace = number % this.#counts.length;
    }
    return this.#lastPlace;
  }

  #countOf(number: number): number {
    const place = number % this.#counts.length;
    return this.#numbers[place] === number ? this.#count(place) : 0;
  }

  #count(place: number): number {
    return this.#counts[place] ?? 0;
  }
}
