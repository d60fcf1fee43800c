import { setTimeout as sleep } from "node:timers/promises";
import type { Sample } from "../harness/result.ts";
import { median, summarizeLatency } from "../harness/stats.ts";
import { Worker } from "../harness/worker.ts";
import type { AppReply, AppRequest } from "./messages.ts";

const startsPerRound = 5;
const timeoutMs = 30_000;

interface Start {
  readonly ms: number;
  readonly cpuUs: number;
  readonly rssMiB: number;
}

/** Starts processes one after another, each until its app is ready, then idle for `idleMs`. */
export async function measureStarts(trans: readonly string[], idleMs: number): Promise<Sample> {
  const starts: Start[] = [];
  for (let count = 0; count < startsPerRound; count++) starts.push(await measureStart(trans, idleMs / startsPerRound));
  const latency = summarizeLatency(Float64Array.from(starts, ({ ms }) => ms));
  return {
    opsPerSec: 1000 / latency.p50Ms,
    ...latency,
    cpuUsPerOp: median(starts.map(({ cpuUs }) => cpuUs)),
    rssMiB: median(starts.map(({ rssMiB }) => rssMiB)),
  };
}

async function measureStart(trans: readonly string[], idleMs: number): Promise<Start> {
  const startedAt = performance.now();
  await using worker = new Worker<AppRequest, AppReply>(new URL("app-main.ts", import.meta.url));
  worker.send({ kind: "start", trans });
  const { cpuUs } = await worker.receive("ready", timeoutMs);
  const ms = performance.now() - startedAt;
  await sleep(idleMs);
  const memory = worker.receive("memory", timeoutMs);
  worker.send({ kind: "memory" });
  return { ms, cpuUs, rssMiB: (await memory).rssMiB };
}
