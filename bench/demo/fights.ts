import { setTimeout as sleep } from "node:timers/promises";
import fightApp from "@m3game/demo/fightapp/app";
import { FightSer } from "@m3game/demo/gen/fight_pb.js";
import { transTcp } from "@m3game/trans-tcp";
import { type App, startApp } from "m3game";
import { LatencyRecorder } from "../harness/recorder.ts";
import type { Sample } from "../harness/result.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { summarizeLatency } from "../harness/stats.ts";
import { cpuRate, readCpuUsage } from "../harness/usage.ts";
import { Worker } from "../harness/worker.ts";
import { fightId, membersEach, meshConfig, sidesOf } from "./apps.ts";
import { LateMetrics } from "./late-metrics.ts";
import type { PlayersReply, PlayersRequest } from "./players-main.ts";
import { ToldRegistry } from "./told-registry.ts";

const warmupMs = 3000;
const playersTimeoutMs = 60_000;
const callMs = 30_000;

/** Fights without anybody who looks, played by the bots in them. */
export const botFights: SoloMeasure = async ({ measureMs, params: { fights = 0 } }) => {
  const late = new LateMetrics();
  await using app = await startFights(new ToldRegistry(), late);
  for (let fight = 0; fight < fights; fight++) await begin(app, fight, -1n);
  await sleep(warmupMs);
  return await measure(late, measureMs);
};

/** Fights of clients in another process. */
export const playerFights: SoloMeasure = async ({ measureMs, params: { fights = 0 } }) => {
  const late = new LateMetrics();
  const registry = new ToldRegistry();
  await using app = await startFights(registry, late);
  await using players = new Worker<PlayersRequest, PlayersReply>(new URL("players-main.ts", import.meta.url));
  for (let fight = 0; fight < fights; fight++) await begin(app, fight, BigInt(fight * membersEach + 1));
  const listening = players.receive("listening", playersTimeoutMs);
  players.send({ kind: "listen", fight: registry.get(fightId) });
  registry.tell((await listening).gate);
  const playing = players.receive("playing", playersTimeoutMs);
  players.send({ kind: "play", fights });
  await playing;
  await sleep(warmupMs);
  const pushed = async () => {
    const answer = players.receive("pushed", playersTimeoutMs);
    players.send({ kind: "pushed" });
    return answer;
  };
  const before = await pushed();
  const sample = await measure(late, measureMs);
  const after = await pushed();
  const seconds = (after.atMs - before.atMs) / 1000;
  return { ...sample, more: { "pushes/s": (after.count - before.count) / seconds } };
};

function startFights(registry: ToldRegistry, late: LateMetrics): Promise<App> {
  const config = `
    ${meshConfig}
    [[Plugin.DB.db_memory]]
    [[Plugin.Metric.metric_late]]
    [[Server.Actor]]
    ActiveTimeOut = 0
    RebalanceTime = 0
    [App]
    DurationSeconds = 100000
    KillsToWin = 1000000
  `;
  return startApp(fightApp, {
    id: fightId,
    config,
    plugins: [transTcp, registry.plugin, late.plugin],
  });
}

async function begin(app: App, fight: number, firstId: bigint): Promise<void> {
  await app.client(FightSer).fightStart({ fightId: `f${fight}`, sides: sidesOf(firstId) }, { timeoutMs: callMs });
}

async function measure(late: LateMetrics, measureMs: number): Promise<Sample> {
  const recorder = new LatencyRecorder(1_000_000);
  late.recorder = recorder;
  const before = readCpuUsage();
  await sleep(measureMs);
  late.recorder = undefined;
  const after = readCpuUsage();
  const opsPerSec = recorder.count / ((after.atMs - before.atMs) / 1000);
  return { opsPerSec, ...summarizeLatency(recorder.values()), cpuUsPerOp: cpuRate(before, after) / opsPerSec };
}
