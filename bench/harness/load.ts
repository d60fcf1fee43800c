import { LatencyRecorder } from "./recorder.ts";
import type { Issue } from "./subject.ts";
import { type CpuUsage, readCpuUsage } from "./usage.ts";

export interface LoadOptions {
  /** How many operations are under way at any moment while measuring. */
  readonly inFlight: number;
  readonly warmupMs: number;
  /**
   * How many at least are under way while warming up: at one in flight too few would run for the engine to compile
   * what they run through.
   */
  readonly warmupInFlight: number;
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
  const { inFlight, warmupMs, warmupInFlight, measureMs, onMeasure } = options;
  const recorder = new LatencyRecorder(measureMs * maxOpsPerMs);
  return new Promise((resolve, reject) => {
    const warmUntil = performance.now() + warmupMs;
    let before: CpuUsage | undefined;
    let slots = Math.max(inFlight, warmupInFlight);
    let over = false;

    /** Takes note of an operation that ended; false: its slot starts no other. */
    const finish = (now: number, startedAt: number): boolean => {
      if (before === undefined) {
        if (now < warmUntil) return true;
        if (slots > inFlight) {
          slots--;
          return false;
        }
        before = readCpuUsage();
        onMeasure();
        return true;
      }
      recorder.record(now - startedAt);
      if (now - before.atMs < measureMs) return true;
      over = true;
      const after = readCpuUsage();
      resolve({ latenciesMs: recorder.values(), elapsedMs: after.atMs - before.atMs, before, after });
      return false;
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
        // One look at the clock per operation: the end of one is the start of the next in its slot.
        const now = performance.now();
        const goOn = finish(now, startedAt);
        startedAt = now;
        if (goOn) issue(done);
      };
      issue(done);
    };

    for (let slot = slots; slot > 0; slot--) startSlot();
  });
}
