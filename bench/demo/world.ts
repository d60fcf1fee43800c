import { setTimeout as sleep } from "node:timers/promises";
import { ParallelWorld, type Plane, World } from "m3game/world";
import { LatencyRecorder } from "../harness/recorder.ts";
import type { Sample } from "../harness/result.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { summarizeLatency } from "../harness/stats.ts";
import { cpuRate, readCpuUsage } from "../harness/usage.ts";
import { crowdFields, edge, sight, update } from "./crowd.ts";

const tickMs = 50;
const warmupMs = 3000;
const speed = 6;

type CrowdPlane = Plane<typeof crowdFields>;

export const oneThread: SoloMeasure = ({ measureMs, params: { entities = 0 } }) => {
  const world = new World<typeof crowdFields, number>({ ...sizeFor(entities), update, resolve: turnRound });
  populate(world, entities);
  return pace(() => world.tick(tickMs), measureMs);
};

export const twoThreads: SoloMeasure = async ({ measureMs, params: { entities = 0 } }) => {
  const module = new URL("crowd.ts", import.meta.url);
  await using world = await ParallelWorld.create<typeof crowdFields, number>({
    ...sizeFor(entities),
    module,
    resolve: turnRound,
  });
  populate(world, entities);
  return await pace(() => world.tick(tickMs), measureMs);
};

function sizeFor(entities: number) {
  return { width: edge, height: edge, cellSize: sight, capacity: entities, fields: crowdFields };
}

/** The serial phase: those that touch somebody go back. */
function turnRound({ next }: CrowdPlane, slots: readonly number[]): void {
  for (const slot of slots) {
    next.vx[slot] = -(next.vx[slot] ?? 0);
    next.vy[slot] = -(next.vy[slot] ?? 0);
  }
}

/** The same crowd each time. */
function populate(world: CrowdPlane, entities: number): void {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let index = 0; index < entities; index++) {
    const angle = random() * 2 * Math.PI;
    world.add({ x: random() * edge, y: random() * edge, vx: speed * Math.cos(angle), vy: speed * Math.sin(angle) });
  }
}

/** Ticks when each is due. A tick that takes too long makes those after it late, until they have caught up. */
async function pace(tick: () => unknown, measureMs: number): Promise<Sample> {
  const [took, late] = [new LatencyRecorder(10_000), new LatencyRecorder(10_000)];
  let due = performance.now();
  const tickUntil = async (end: number, isMeasured: boolean): Promise<void> => {
    for (; due < end; due += tickMs) {
      const early = due - performance.now();
      // Timers go by whole milliseconds.
      if (early > 0) await sleep(Math.ceil(early));
      const from = performance.now();
      await tick();
      if (!isMeasured) continue;
      took.record(performance.now() - from);
      late.record(Math.max(0, from - due));
    }
  };
  await tickUntil(due + warmupMs, false);
  const before = readCpuUsage();
  await tickUntil(due + measureMs, true);
  const after = readCpuUsage();
  const opsPerSec = took.count / ((after.atMs - before.atMs) / 1000);
  const { p50Ms, p99Ms } = summarizeLatency(late.values());
  return {
    opsPerSec,
    ...summarizeLatency(took.values()),
    cpuUsPerOp: cpuRate(before, after) / opsPerSec,
    more: { "late p50 ms": p50Ms, "late p99 ms": p99Ms },
  };
}
