import { setTimeout as delay } from "node:timers/promises";
import { EtcdCluster } from "@m3game/testing/services";
import { type Drill, Exercise } from "../drill.ts";
import { type ListedLease, listLeases } from "../world/list-leases.ts";

/**
 * Each of etcd's three members is paused for a while, the leader among them: no call fails, and meanwhile nobody loses what it
 * owns. When it wakes up, an etcd that was the leader may end sessions that were renewed elsewhere; that is counted.
 */
export const member: Drill = async (options) => {
  await using etcd = await EtcdCluster.start();
  await using exercise = await Exercise.start(options, {
    own: ["redis"],
    sections: { "Plugin.Lease.lease_etcd": { Endpoints: etcd.endpoints } },
  });
  const { world, notes, problems } = exercise;
  await exercise.calm();
  for (const [index, paused] of etcd.members.entries()) {
    const part = paused === (await etcd.leader()) ? "leader" : "follower";
    const name = `member ${index + 1}, a ${part},`;
    const before = await listLeases(world);
    await exercise.step(`${name} is paused`, async () => {
      paused.signal("SIGSTOP");
      await delay(options.outageMs);
      return {};
    });
    const meanwhile = await listLeases(world);
    await exercise.step(`${name} goes on`, async () => {
      paused.signal("SIGCONT");
      await exercise.calm();
      return {};
    });
    const lost = lostOf(before, meanwhile);
    const ended = lostOf(meanwhile, await listLeases(world));
    notes.push(
      `${name} was away: of ${before.length} leases ${lost.length} have changed hands meanwhile, ${ended.length} when it went on`,
    );
    problems.push(...lost.map(({ id, app }) => `${app} has lost ${id} while ${name} was away`));
  }
  const summary = await exercise.end("member");
  const failed = summary.failed === 0 ? [] : [`${summary.failed} calls failed, and none needs all members`];
  return { ...summary, problems: [...summary.problems, ...failed] };
};

/** Those that have another owner, or another fence: in between nobody owned them. What was given up meanwhile is not lost. */
function lostOf(before: readonly ListedLease[], after: readonly ListedLease[]): readonly ListedLease[] {
  const now = new Map(after.map((lease) => [lease.id, lease]));
  return before.filter(({ id, app, fence }) => {
    const current = now.get(id);
    return current !== undefined && (current.app !== app || current.fence !== fence);
  });
}
