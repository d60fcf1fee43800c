const kept = 4096;

/** How late the last ticks of an app's fights were. */
export class LateTicks {
  readonly #last: number[] = [];
  #next = 0;

  add(lateMs: readonly number[]): void {
    for (const ms of lateMs) {
      this.#last[this.#next] = ms;
      this.#next = (this.#next + 1) % kept;
    }
  }

  clear(): void {
    this.#last.length = 0;
    this.#next = 0;
  }

  /** Which lateness this share of the ticks kept to, 0 when there were none. */
  percentile(share: number): number {
    const sorted = this.#last.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  }
}
