import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Sample } from "../harness/result.ts";
import { median, summarizeLatency } from "../harness/stats.ts";
import { Worker } from "../harness/worker.ts";
import type { AppReply, AppRequest } from "./messages.ts";

const command = new URL("../../packages/cli/src/main.js", import.meta.url);
const app = fileURLToPath(new URL("app.ts", import.meta.url));
const startsPerRound = 5;
const timeoutMs = 30_000;

interface Start {
  readonly ms: number;
  readonly cpuUs: number;
  readonly rssMiB: number;
}

/**
 * Runs `m3 run` several times, one after another, each until its app is ready and then idle; `idleMs` is shared among them.
 * Without `configFile` the app has no config.
 */
export async function measureStarts(configFile: URL | undefined, idleMs: number): Promise<Sample> {
  const starts: Start[] = [];
  for (let count = 0; count < startsPerRound; count++)
    starts.push(await measureStart(configFile, idleMs / startsPerRound));
  const latency = summarizeLatency(Float64Array.from(starts, ({ ms }) => ms));
  return {
    opsPerSec: 1000 / latency.p50Ms,
    ...latency,
    cpuUsPerOp: median(starts.map(({ cpuUs }) => cpuUs)),
    rssMiB: median(starts.map(({ rssMiB }) => rssMiB)),
  };
}

async function measureStart(configFile: URL | undefined, idleMs: number): Promise<Start> {
  const config = configFile === undefined ? [] : ["-conf", fileURLToPath(configFile)];
  const startedAt = performance.now();
  const args = ["run", app, "-idstr", "bench.world1.simple.1", ...config];
  await using worker = new Worker<AppRequest, AppReply>(command, args);
  const { cpuUs } = await worker.receive("ready", timeoutMs);
  const ms = performance.now() - startedAt;
  await sleep(idleMs);
  const memory = worker.receive("memory", timeoutMs);
  worker.send({ kind: "memory" });
  return { ms, cpuUs, rssMiB: (await memory).rssMiB };
}
