import { randomUUID } from "node:crypto";
import { parseAppId } from "m3game";
import { DemoCluster, storePrefix } from "../../scripts/cluster/demo-cluster.ts";
import { readProcessCpu } from "../harness/process-cpu.ts";
import type { Sample } from "../harness/result.ts";
import type { RunOptions } from "../harness/suite.ts";
import { cpuRate } from "../harness/usage.ts";
import { Worker } from "../harness/worker.ts";
import type { PathsReply, PathsRequest } from "./paths-main.ts";
import { removeKeys } from "./remove-keys.ts";

const warmupMs = 10_000;
const timeoutMs = 120_000;

// Nobody else's, also where the demo runs at its own ports.
const freePorts = {
  M3__Plugin__Trans__trans_http2__Port: "0",
  M3__Plugin__Gate__gate_ws__Port: "0",
  M3__Plugin__Gate__gate_grpc__Port: "0",
};

/** Paths through a cluster of one process for each app, over the servers that `npm run cluster` uses. */
export async function measurePaths(
  load: PathsRequest["load"],
  { measureMs, services: { redis } }: RunOptions,
): Promise<Sample> {
  const world = `bench${randomUUID().slice(0, 8)}`;
  try {
    const env = { ...process.env, ...freePorts };
    await using cluster = await DemoCluster.start({ world, instances: 1, env, stdout: process.stderr });
    return await measure(cluster, load, measureMs);
  } finally {
    if (redis !== undefined) await removeKeys(redis, storePrefix(world));
  }
}

async function measure(cluster: DemoCluster, load: PathsRequest["load"], measureMs: number): Promise<Sample> {
  await using players = new Worker<PathsRequest, PathsReply>(new URL("paths-main.ts", import.meta.url));
  const [host = "", port = ""] = cluster.gates[0]?.split(":") ?? [];
  players.send({ gate: { host, port: Number(port) }, load, warmupMs, measureMs });
  await players.receive("measuring", timeoutMs + warmupMs);
  const stopped = players.receive("stopped", timeoutMs + measureMs);
  const measured = players.receive("measured", timeoutMs + measureMs);
  // A process that ends early fails both.
  measured.catch(() => {});
  const [before] = await Promise.all([readApps(cluster), stopped]);
  const after = await readApps(cluster);
  const result = await measured;

  const opsPerSec = result.count / (result.elapsedMs / 1000);
  const own = cpuRate(result.before, result.after) / opsPerSec;
  const seconds = (after.atMs - before.atMs) / 1000;
  const apps = [...after.cpuUs].map(
    ([func, cpuUs]) => [func, (cpuUs - (before.cpuUs.get(func) ?? 0)) / seconds / opsPerSec] as const,
  );
  return {
    opsPerSec,
    ...result.latency,
    cpuUsPerOp: apps.reduce((sum, [, cpuUs]) => sum + cpuUs, own),
    more: { players: own, ...Object.fromEntries(apps.filter(([func]) => onThePath.has(func))) },
  };
}

const onThePath: ReadonlySet<string> = new Set(["gate", "role", "uid", "online", "clubrole"]);

async function readApps({ processes }: DemoCluster) {
  const cpuUs = new Map<string, number>();
  for (const { id, pid } of processes) {
    if (pid !== undefined) cpuUs.set(parseAppId(id).func, await readProcessCpu(pid));
  }
  return { cpuUs, atMs: performance.now() };
}
