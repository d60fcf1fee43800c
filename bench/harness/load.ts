import { LatencyRecorder } from "./recorder.ts";
import type { Issue } from "./subject.ts";
import { type CpuUsage, readCpuUsage } from "./usage.ts";

export interface LoadOptions {
  /** How many operations are under way at any moment. */
  readonly inFlight: number;
  readonly warmupMs: number;
  readonly measureMs: number;
  /** Called once, when the warm-up is over. */
  readonly onMeasure: () => void;
}

export interface LoadResult {
  /** Latency of each operation that ended while measuring, in milliseconds. */
  readonly latenciesMs: Float64Array;
  readonly elapsedMs: number;
  readonly before: CpuUsage;
  readonly after: CpuUsage;
}

// More than any subject reaches here, so that the recorder never grows while measuring.
const maxOpsPerMs = 1000;

/**
 * Keeps `inFlight` operations under way (closed loop): each that ends starts the next. Rejects with the error of the
 * first operation that fails, because a rate with failures in it says nothing.
 */
export function driveLoad(issue: Issue, options: LoadOptions): Promise<LoadResult> {
  const { inFlight, warmupMs, measureMs, onMeasure } = options;
  const recorder = new LatencyRecorder(measureMs * maxOpsPerMs);
  return new Promise((resolve, reject) => {
    const warmUntil = performance.now() + warmupMs;
    let before: CpuUsage | undefined;
    let over = false;

    // One look at the clock per operation: the end of one is the start of the next in its slot.
    const finish = (now: number, startedAt: number): void => {
      if (before === undefined) {
        if (now < warmUntil) return;
        before = readCpuUsage();
        onMeasure();
        return;
      }
      recorder.record(now - startedAt);
      if (now - before.atMs < measureMs) return;
      over = true;
      const after = readCpuUsage();
      resolve({ latenciesMs: recorder.values(), elapsedMs: after.atMs - before.atMs, before, after });
    };

    const startSlot = (): void => {
      let startedAt = performance.now();
      const done = (error?: unknown): void => {
        if (over) return;
        if (error !== undefined) {
          over = true;
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        const now = performance.now();
        finish(now, startedAt);
        startedAt = now;
        if (!over) issue(done);
      };
      issue(done);
    };

    for (let slot = 0; slot < inFlight; slot++) startSlot();
  });
}
