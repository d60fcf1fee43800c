const kept = 40;

/** The last round-trip times, in milliseconds, the newest last. */
export class RoundTrips {
  readonly #times: number[] = [];

  add(ms: number): void {
    this.#times.push(ms);
    if (this.#times.length > kept) this.#times.shift();
  }

  get last(): number | undefined {
    return this.#times.at(-1);
  }

  /** A line through them for an SVG polyline of this size; the slowest one is at the top. */
  points(width: number, height: number): string {
    const top = Math.max(10, ...this.#times);
    const step = width / (kept - 1);
    const from = width - step * (this.#times.length - 1);
    return this.#times
      .map((ms, index) => `${(from + index * step).toFixed(1)},${(height - (ms / top) * height).toFixed(1)}`)
      .join(" ");
  }
}
