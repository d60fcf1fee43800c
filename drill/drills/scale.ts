import { setTimeout as delay } from "node:timers/promises";
import { type Drill, Exercise } from "../drill.ts";
import type { Mark } from "../report/chart/chart.ts";
import { percentiles } from "../report/percentiles.ts";
import { timeline } from "../report/timeline.ts";
import { drawScale } from "../scale/draw-scale.ts";
import { Moves } from "../scale/moves.ts";
import { takeUpMs } from "../scale/take-up.ts";
import { rebalanceSoon } from "../world/rebalance-soon.ts";

/** How long each number of apps is looked at, in milliseconds. */
const phaseMs = 15_000;
/** How long an actor that moves may be away from its players, in milliseconds. */
const pauseLimitMs = 100;
/** One of so many players never lets its role rest. */
const hotShare = 3;
const sections = {
  "Plugin.Lease.lease_etcd": { LeaseKeepLiveTime: "20" },
  "Plugin.Lease.lease_online": { LeaseKeepLiveTime: "60" },
};
const envs = {
  gate: { M3__Server__Gate__CallsPerSecond: "1000" },
  role: {
    ...rebalanceSoon,
    ...{ M3__Plugin__Log__log_pino__LogLevel: "DEBUG", M3__Plugin__Log__log_pino__Encoding: "json" },
  },
};

/** Two role apps become four and then two again: no call may fail, nothing that was acknowledged be lost, and no actor be away for long. */
export const scale: Drill = async (options) => {
  const moves = new Moves(options.stdout);
  await using exercise = await Exercise.start(
    { ...options, stdout: moves },
    { own: ["redis"], sections, envs },
    { hot: Math.floor(options.players / hotShare) },
  );
  const { world, log, notes, problems } = exercise;
  await exercise.calm();
  const began = performance.now();
  const marks: Mark[] = [];
  const mark = (label: string) => marks.push({ at: (performance.now() - began) / 1000, label });
  /** One step, with what moved in it. */
  const step = (name: string, work: () => Promise<Readonly<Record<string, number>>>) =>
    exercise.step(name, async () => {
      const from = performance.now();
      const times = await work();
      const moved = moves.during(from, performance.now());
      const pauses = moved.map(({ pausedMs }) => pausedMs);
      if (moved.length > 0)
        notes.push(`${name}: ${moved.length} actors moved, each was away for ${percentiles(pauses)}`);
      const late = pauses.filter((each) => each > pauseLimitMs).length;
      if (late > 0) problems.push(`${name}: ${late} actors were away for more than ${pauseLimitMs} ms`);
      return times;
    });
  const hold = async () => {
    await delay(phaseMs);
    return {};
  };

  await step("2 role apps", hold);
  await step("role.3 and role.4 come", async () => {
    const from = performance.now();
    mark("role.3, role.4 start");
    await Promise.all([3, 4].map((instance) => world.add("role", instance, {})));
    const ready = performance.now();
    mark("ready");
    await hold();
    for (const instance of [3, 4]) {
      const taken = takeUpMs(log.calls, world.appId("role", instance), ready, performance.now());
      if (taken === undefined) problems.push(`role.${instance} got no players`);
      else notes.push(`role.${instance} served its share ${(taken / 1000).toFixed(1)} s after both were ready`);
    }
    return { "start to ready": ready - from };
  });
  for (const instance of [4, 3]) {
    await step(`role.${instance} goes`, async () => {
      const app = world.apps.find(({ id }) => id === world.appId("role", instance));
      if (app === undefined) throw new Error(`there is no role.${instance}`);
      const from = performance.now();
      mark(`role.${instance} drains`);
      const end = await app.stop();
      if (end !== 0) problems.push(`${app.id} ended with ${end} instead of 0`);
      const stopped = performance.now();
      await delay(phaseMs / 3);
      return { "SIGTERM to exit": stopped - from };
    });
  }
  await step("2 role apps again", hold);
  const seconds = timeline(log.calls, began, performance.now());
  const summary = await exercise.end("scale");
  const failed = summary.failed === 0 ? [] : [`${summary.failed} calls failed, and none may`];
  const chart = drawScale(
    seconds,
    marks,
    [1, 2, 3, 4].map((instance) => world.appId("role", instance)),
  );
  return { ...summary, chart, problems: [...summary.problems, ...failed] };
};
