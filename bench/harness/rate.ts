import type { LoadResult } from "./load.ts";
import { LatencyRecorder } from "./recorder.ts";
import type { Issue } from "./subject.ts";
import { type CpuUsage, readCpuUsage } from "./usage.ts";

export interface RateOptions {
  readonly perSecond: number;
  readonly warmupMs: number;
  readonly measureMs: number;
  /** Called once, when the warm-up is over. */
  readonly onMeasure: () => void;
}

// Finer than what is measured this way, and coarse enough to cost nothing.
const stepMs = 2;
/** The warm-up reaches the full rate after this share of it, from this share of the rate on: cold servers can do less. */
const ramp = { share: 0.75, from: 0.1 };

/**
 * Starts operations at a fixed rate, whether or not those before have ended (open loop). Latency counts from when an operation
 * was due, so a server that stands still is not spared those that should have come meanwhile. Resolves when all that were due
 * while measuring have ended. Rejects with the error of the first operation that fails.
 */
export function driveRate(
  issue: Issue,
  { perSecond, warmupMs, measureMs, onMeasure }: RateOptions,
): Promise<LoadResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const everyMs = 1000 / perSecond;
  const from = performance.now();
  const measureFrom = from + warmupMs;
  const until = measureFrom + measureMs;
  const recorder = new LatencyRecorder(Math.ceil(measureMs / everyMs) + 1);
  let dueAt = from;
  let underWay = 0;
  let before: CpuUsage | undefined;

  const rateShare = (due: number): number =>
    due >= measureFrom ? 1 : Math.min(1, Math.max(ramp.from, (due - from) / (ramp.share * warmupMs)));
  const start = (due: number): void => {
    const counts = due >= measureFrom;
    if (counts) underWay++;
    issue((error) => {
      if (error !== undefined) return fail(error);
      if (!counts) return;
      underWay--;
      recorder.record(performance.now() - due);
      lookIfOver();
    });
  };
  const lookIfOver = (): void => {
    if (underWay > 0 || dueAt < until || before === undefined) return;
    const after = readCpuUsage();
    resolve({ latenciesMs: recorder.values(), elapsedMs: after.atMs - before.atMs, before, after });
  };
  const fail = (error: unknown): void => {
    clearInterval(timer);
    reject(error instanceof Error ? error : new Error(String(error)));
  };
  const timer = setInterval(() => {
    for (const now = performance.now(); dueAt <= now && dueAt < until; dueAt += everyMs / rateShare(dueAt)) {
      if (before === undefined && dueAt >= measureFrom) {
        before = readCpuUsage();
        onMeasure();
      }
      start(dueAt);
    }
    if (dueAt >= until) clearInterval(timer);
  }, stepMs);
  return promise;
}
