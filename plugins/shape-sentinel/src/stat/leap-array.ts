/**
 * Counts in a ring of buckets of equal length, aligned to the zero of the clock. A bucket is emptied when its place in the
 * ring is needed again.
 */
export class LeapArray {
  readonly lengthMs: number;
  readonly #numbers: Float64Array;
  readonly #counts: Float64Array;

  constructor(buckets: number, lengthMs: number) {
    this.lengthMs = lengthMs;
    this.#numbers = new Float64Array(buckets).fill(-1);
    this.#counts = new Float64Array(buckets);
  }

  add(now: number, count: number): void {
    const number = this.#numberAt(now);
    const place = number % this.#counts.length;
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
    let sum = 0;
    for (let number = last; number > last - buckets; number--) sum += this.#countOf(number);
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

  #countOf(number: number): number {
    const place = number % this.#counts.length;
    return this.#numbers[place] === number ? this.#count(place) : 0;
  }

  #count(place: number): number {
    return this.#counts[place] ?? 0;
  }
}
