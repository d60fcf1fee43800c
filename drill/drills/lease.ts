import { setTimeout as delay } from "node:timers/promises";
import { type Drill, Exercise } from "../drill.ts";

/**
 * The lease store is lost for a while with all that it knew, and comes back empty: everybody begins anew in a new epoch, so that the store
 * of the data refuses what is written in the name of older claims. Nothing is lost: what is not saved yet is saved while sessions still last.
 */
export const lease: Drill = async (options) => {
  await using exercise = await Exercise.start(options, { own: ["redis", "etcd"] });
  const etcd = exercise.world.servers.own("etcd");
  await exercise.calm();
  await exercise.step("etcd is lost", async () => {
    const lost = performance.now();
    await etcd.stop("SIGKILL");
    await etcd.wipe();
    await delay(options.outageMs);
    await etcd.start();
    const back = performance.now();
    const recovery = await exercise.recovery(lost);
    return { away: back - lost, "until calls succeed": recovery, "after it was back": recovery - (back - lost) };
  });
  return await exercise.end("lease");
};
