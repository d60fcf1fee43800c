import { setTimeout as delay } from "node:timers/promises";
import type { AppProcess } from "../../scripts/cluster/app-process.ts";
import { type Drill, type DrillOptions, Exercise } from "../drill.ts";
import type { LoggedCall } from "../load/call-log.ts";
import { percentiles } from "../report/percentiles.ts";
import { shortId } from "../report/short-id.ts";
import type { DrillSummary } from "../report/summary.ts";

const settleMs = 2000;
/** Long enough for a machine on which processes wait seconds for their turn: nobody dies here. */
const sections = {
  "Plugin.Lease.lease_etcd": { LeaseKeepLiveTime: "20" },
  "Plugin.Lease.lease_online": { LeaseKeepLiveTime: "60" },
};

/** Every app is restarted in order, one after the other: no call may fail, and nothing that was acknowledged may be lost. */
export const rolling: Drill = (options) => rollingOver(options, undefined, () => true);

/** The same with the apps of these functions, and those of them restarted that are chosen. */
export async function rollingOver(
  options: DrillOptions,
  functions: readonly string[] | undefined,
  isRestarted: (app: AppProcess) => boolean,
): Promise<DrillSummary> {
  await using exercise = await Exercise.start(options, {
    ...{ own: ["redis"], sections, ...(functions && { functions }) },
  });
  const { world, log, notes, problems } = exercise;
  const stops: number[] = [];
  const pauses: number[] = [];
  // All players are there, and the usual is known.
  await exercise.step("before", async () => {
    await delay(settleMs);
    return {};
  });
  const chosen = world.apps.filter(isRestarted);
  for (const app of Array.from({ length: options.rounds }, () => chosen).flat()) {
    await exercise.step(shortId(app.id), async () => {
      const from = performance.now();
      const end = await app.stop();
      const stopped = performance.now();
      if (end !== 0) problems.push(`${app.id} ended with ${end} instead of 0`);
      await app.start();
      const ready = performance.now();
      stops.push(stopped - from);
      pauses.push(...longestOfEach(log.during(from, stopped)));
      return { "SIGTERM to exit": stopped - from, "start to ready": ready - stopped };
    });
  }
  await exercise.step("after", async () => {
    await delay(settleMs);
    return {};
  });
  notes.push(`handover, SIGTERM to exit: ${percentiles(stops)}`);
  notes.push(`a player's longest call while an app handed over: ${percentiles(pauses)}`);
  const summary = await exercise.end("rolling");
  const failed = summary.failed === 0 ? [] : [`${summary.failed} calls failed, and none may`];
  return { ...summary, problems: [...summary.problems, ...failed] };
}

/** The time of the longest call of each player. */
function longestOfEach(calls: readonly LoggedCall[]): readonly number[] {
  const longest = new Map<number, number>();
  for (const { player, from, to } of calls) longest.set(player, Math.max(longest.get(player) ?? 0, to - from));
  return [...longest.values()];
}
