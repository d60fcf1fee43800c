import { setTimeout as delay } from "node:timers/promises";
import { type Drill, Exercise } from "../drill.ts";
import { lossWindow } from "../world/save-interval.ts";

const awayMs = 1000;

/** All apps are killed at once and started again: what is lost is what roles had not saved yet. */
export const down: Drill = async (options) => {
  await using exercise = await Exercise.start(options, { own: ["redis"] });
  const { world, windows } = exercise;
  await exercise.calm();
  await exercise.step("all apps", async () => {
    const killed = performance.now();
    windows.push(lossWindow(killed));
    await Promise.all(world.apps.map((app) => app.kill()));
    await delay(awayMs);
    await world.startAll();
    const ready = performance.now();
    return { "kill to ready": ready - killed, "until calls succeed": await exercise.recovery(killed) };
  });
  return await exercise.end("down");
};
