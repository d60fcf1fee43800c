import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../monotonic.ts";
import type { Fault } from "../plan.ts";
import type { Cluster } from "./cluster.ts";
import { revokeSession } from "./etcd-admin.ts";

/** How long a paused app stays in the registry, in milliseconds. */
const silentMs = 800;

/** Does one fault, and undoes it. Resolves when it is over. */
export async function inject(fault: Fault, cluster: Cluster): Promise<void> {
  const target = cluster.apps[fault.app];
  if (target === undefined) throw new RangeError(`there is no app ${fault.app}`);
  const { member, proxy } = target;
  await sleep(fault.atMs);
  // What another fault has ended is not there to be broken.
  if (!member.isRunning) return;
  switch (fault.kind) {
    case "pause": {
      if (member.isPaused) return;
      member.pause();
      const isSilent = fault.forMs > silentMs;
      await sleep(Math.min(fault.forMs, silentMs));
      if (isSilent) cluster.registry.hide(member.id);
      await sleep(Math.max(0, fault.forMs - silentMs));
      member.unpause();
      if (isSilent) cluster.registry.show(member.id);
      return;
    }
    case "kill":
      await member.end("SIGKILL");
      await sleep(fault.forMs);
      if (!member.isRunning) member.start();
      return;
    case "restart":
      await member.end("SIGTERM");
      if (!member.isRunning) member.start();
      return;
    case "partition":
      proxy.cut();
      await sleep(fault.forMs);
      if (fault.heals) proxy.heal();
      else proxy.reset();
      return;
    case "lose-answers":
      proxy.cutAnswers();
      await sleep(fault.forMs);
      return proxy.reset();
    case "revoke":
      cluster.revocations.push({ app: member.id, at: monotonicMs() });
      return revokeSession(cluster.etcd.address, member.id);
    case "unregister":
      cluster.registry.hide(member.id);
      await sleep(fault.forMs);
      return cluster.registry.show(member.id);
  }
}
