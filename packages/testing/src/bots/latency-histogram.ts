const smallestMs = 0.001;
/** Each bucket ends this much higher than it begins: how exact a percentile is. */
const growth = 1.02;

/** Latencies in buckets, so that it takes no more memory however many there are. */
export class LatencyHistogram {
  readonly #counts: number[] = [];
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  add(ms: number): void {
    const bucket = Math.max(0, Math.ceil(Math.log(ms / smallestMs) / Math.log(growth)));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** The latency at or below which this share (0 to 1) lies, at most 2 % too high; 0 when there is none. */
  percentileMs(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (const [bucket, count = 0] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(smallestMs * growth ** bucket, this.#maxMs);
    }
    return this.#maxMs;
  }
}
