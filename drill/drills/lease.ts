import { setTimeout as delay } from "node:timers/promises";
import { EtcdSnapshot } from "@m3game/testing/services";
import { type Drill, Exercise } from "../drill.ts";
import { shortId } from "../report/short-id.ts";
import { listLeases } from "../world/list-leases.ts";
import { leaseLossWindow } from "../world/save-interval.ts";

/** They own something in etcd, and are restarted after the snapshot, so that it names owners who are no more. */
const moved = /\.(uid|club|online)\.1$/;

/**
 * The lease store is lost for a while, and comes back empty; then it is lost again, and comes back as an older snapshot knew it. Each
 * time everybody begins anew in a new epoch, so that the store of the data refuses what is written in the name of older claims. What is not
 * saved yet is saved while sessions still last: lost are changes of a role whose turn waits for others all that time.
 */
export const lease: Drill = async (options) => {
  await using exercise = await Exercise.start(options, { own: ["redis", "etcd"] });
  const { world, windows, notes } = exercise;
  const etcd = world.servers.own("etcd");
  const lose = async (name: string, restore: () => Promise<void>) => {
    const before = await listLeases(world);
    await exercise.step(name, async () => {
      const lost = performance.now();
      windows.push(leaseLossWindow(lost));
      await etcd.stop("SIGKILL");
      await restore();
      await delay(options.outageMs);
      await etcd.start();
      const back = performance.now();
      const recovery = await exercise.recovery(lost);
      return { away: back - lost, "until calls succeed": recovery, "after it was back": recovery - (back - lost) };
    });
    const epochs = [before, await listLeases(world)].map((leases) => new Set(leases.map(epochOf)));
    notes.push(`${name}: from epoch ${epochs.map((each) => [...each].join(" and ")).join(" to ")}`);
  };
  await exercise.calm();
  await lose("etcd is lost, and comes back empty", () => etcd.wipe());
  await exercise.calm();
  await using snapshot = await EtcdSnapshot.save(etcd);
  for (const app of world.apps.filter(({ id }) => moved.test(id))) {
    await exercise.step(`after the snapshot ${shortId(app.id)} is restarted`, async () => {
      await app.stop();
      await app.start();
      await exercise.calm();
      return {};
    });
  }
  await lose("etcd is lost, and comes back as at the snapshot", () => snapshot.restore(etcd));
  return await exercise.end("lease");
};

function epochOf({ fence }: { readonly fence: string }): string {
  return fence.split(".")[0] ?? "";
}
