import { GateError } from "@m3game/client";

/** Collects how long something took each time, and what it failed with. */
export class Measure {
  readonly #times: number[] = [];
  readonly #failures = new Map<string, number>();

  /** Does it and counts it. Never rejects. */
  async count(work: () => Promise<unknown>): Promise<void> {
    const from = performance.now();
    try {
      await work();
      this.#times.push(performance.now() - from);
    } catch (error) {
      const kind = kindOf(error);
      this.#failures.set(kind, (this.#failures.get(kind) ?? 0) + 1);
    }
  }

  get failures(): number {
    return [...this.#failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** What came of it, in lines. `elapsedMs`: how long all of them took together. */
  report(elapsedMs: number): readonly string[] {
    const { length } = this.#times;
    const sorted = this.#times.toSorted((a, b) => a - b);
    const shares = [50, 90, 99, 99.9].map((share) => `p${share} ${percentile(sorted, share).toFixed(1)} ms`);
    return [
      `${length} done, ${this.failures} failed, ${(length / (elapsedMs / 1000)).toFixed(1)} per second`,
      [...shares, `longest ${(sorted.at(-1) ?? 0).toFixed(1)} ms`].join(", "),
      ...[...this.#failures].map(([kind, count]) => `failed ${count} times: ${kind}`),
    ];
  }
}

/** The value that `share` percent of the sorted values are not above; 0 when there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil((share * sorted.length) / 100) - 1)] ?? 0;
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof GateError && error.reason !== "" ? `${error.reason}: ${error.message}` : error.message;
}
