import { setTimeout as delay } from "node:timers/promises";
import { type Drill, Exercise } from "../drill.ts";
import { percentiles } from "../report/percentiles.ts";
import { shortId } from "../report/short-id.ts";
import { lossWindow, roleSaveMs } from "../world/save-interval.ts";

/** How long a killed app stays away, in milliseconds. */
const awayMs = 1500;

/**
 * Every app is killed, one after the other: calls fail while others take over, and nothing is lost or doubled but what a killed roleapp
 * had not saved yet.
 */
export const faults: Drill = async (options) => {
  await using exercise = await Exercise.start(options, { own: ["redis"] });
  const { world, windows, notes } = exercise;
  const recoveries: number[] = [];
  await exercise.calm();
  for (const app of world.apps) {
    await exercise.step(shortId(app.id), async () => {
      const killed = performance.now();
      await app.kill();
      if (app.id.includes(".role.")) windows.push(lossWindow(killed));
      await delay(awayMs);
      await app.start();
      const ready = performance.now();
      const recovery = await exercise.recovery(killed);
      recoveries.push(recovery);
      return { "kill to ready": ready - killed, "until calls succeed": recovery };
    });
  }
  notes.push(`from the kill until no call failed or took longer than a second: ${percentiles(recoveries)}`);
  notes.push(`changes of the last ${roleSaveMs / 1000} s of a killed roleapp may be lost: they are not saved yet`);
  return await exercise.end("faults");
};
