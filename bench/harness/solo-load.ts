import type { Sample } from "./result.ts";
import { summarizeLatency } from "./stats.ts";
import { cpuRate, readCpuUsage } from "./usage.ts";

export interface BatchOptions {
  /** Starts `count` operations and resolves when all have ended well. */
  readonly run: (count: number) => Promise<void>;
  /** How many operations a batch has. */
  readonly size: number;
  /** The warm-up lasts as long and as many operations: on a busy machine time alone would not get the code compiled. */
  readonly warmupMs: number;
  readonly warmupOps: number;
  readonly measureMs: number;
}

/**
 * Runs batch after batch: what ends at once can't be driven one by one, for looking at the clock would cost more than the
 * operation. Latency is that of a batch divided by its size. Rejects with what `run` rejects with.
 */
export async function driveBatches({ run, size, warmupMs, warmupOps, measureMs }: BatchOptions): Promise<Sample> {
  const warmUntil = performance.now() + warmupMs;
  for (let warm = 0; warm < warmupOps || performance.now() < warmUntil; warm += size * batchesPerTurn) {
    await runBatches(run, size);
  }
  const latenciesMs: number[] = [];
  const before = readCpuUsage();
  const until = before.atMs + measureMs;
  for (let from = before.atMs; from < until; ) {
    await runBatches(run, size);
    const now = performance.now();
    latenciesMs.push((now - from) / (size * batchesPerTurn));
    from = now;
  }
  const after = readCpuUsage();
  const count = latenciesMs.length * size * batchesPerTurn;
  const opsPerSec = count / ((after.atMs - before.atMs) / 1000);
  return {
    opsPerSec,
    ...summarizeLatency(Float64Array.from(latenciesMs)),
    cpuUsPerOp: cpuRate(before, after) / opsPerSec,
  };
}

const batchesPerTurn = 8;

/** Timers and sockets get their turn in between, as they do in a server. */
async function runBatches(run: (count: number) => Promise<void>, size: number): Promise<void> {
  for (let batch = 0; batch < batchesPerTurn; batch++) await run(size);
  await new Promise(setImmediate);
}
