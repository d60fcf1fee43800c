/** Collects latencies without allocating while a measurement runs. */
export class LatencyRecorder {
  #values: Float64Array;
  #count = 0;

  /** @param capacity how many values fit before the array has to grow, which would disturb the measurement */
  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  record(ms: number): void {
    if (this.#count === this.#values.length) this.#grow();
    this.#values[this.#count++] = ms;
  }

  /** What was recorded so far. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#count);
  }

  #grow(): void {
    const grown = new Float64Array(Math.max(1024, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
