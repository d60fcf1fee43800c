import { setTimeout as delay } from "node:timers/promises";
import { type Drill, type DrillOptions, Exercise } from "../drill.ts";
import type { DrillSummary } from "../report/summary.ts";
import { Meetings } from "../versions/meetings.ts";
import type { DrillWorld } from "../world/drill-world.ts";
import { rebalanceSoon } from "../world/rebalance-soon.ts";

export interface CanaryOptions extends DrillOptions {
  /** Which apps there are, by function. @default all */
  readonly functions?: readonly string[];
  /** How many processes each app has. @default 2 */
  readonly instances?: number;
  /** The share of the players that a new version gets, such as `25%`. */
  readonly share: string;
  /** How long a new version is looked at before it is promoted, in milliseconds. */
  readonly watchMs: number;
}

const [current, good, bad] = ["1.0.0", "1.1.0", "1.2.0"] as const;
/** Of the calls of players that reach the bad version. */
const failing = 0.3;
/** By how much more of its calls may fail: what a busy machine does is not laid to a version. */
const margin = "10%";
const patienceMs = 60_000;
const sections = {
  "Plugin.Lease.lease_etcd": { LeaseKeepLiveTime: "20" },
  "Plugin.Lease.lease_online": { LeaseKeepLiveTime: "60" },
};

/** A good version of the role app is promoted, a bad one aborts by itself: only calls that reach that one may fail. */
export const canary: Drill = (options) => canaryOver({ ...options, share: "20%", watchMs: 15_000 });

/** The same with these apps, share and time. */
export async function canaryOver(options: CanaryOptions): Promise<DrillSummary> {
  const { functions, instances, share, watchMs } = options;
  const meetings = new Meetings(options.stdout);
  await using exercise = await Exercise.start(
    { ...options, stdout: meetings },
    {
      ...{ own: ["redis"], sections, ...(functions && { functions }), ...(instances && { instances }) },
      files: { role: "drill/versions/role-app.ts" },
      envs: { role: { ...rebalanceSoon, DRILL_VERSION: current } },
    },
  );
  const { world, log, notes, problems } = exercise;
  const failedSince = (from: number) =>
    log.during(from, performance.now()).filter((call) => call.from >= from && call.failure !== undefined);
  // From now on a new version gets nothing before a rule says so.
  await world.m3("canary", "set", "role", current, "100%").succeed();

  await exercise.step(`${good} is good`, async () => {
    const from = performance.now();
    const served = await introduce(world, good, 3, share);
    const watch = world.m3("canary", "watch", "role", margin, "--interval", "0.5");
    // Before it has looked it does not hear that it is to end.
    await Promise.all([Promise.race([delay(watchMs, undefined, { ref: false }), watch.outcome]), watch.printed]);
    const { code, stdout, stderr } = await watch.interrupt();
    if (code !== 0) problems.push(`${good} is good, and watch ended with ${code}: ${stderr}${stdout}`);
    await world.m3("canary", "promote", "role").succeed();
    notes.push(`${good}, before it was promoted: ${meetings.of(good).size} of ${options.players} players met it`);
    return { "start to rule": served, "in all": performance.now() - from };
  });
  await exercise.step(`${current} ends`, async () => {
    const from = performance.now();
    for (const app of world.apps.filter(({ id }) => isRole(world, id, [1, 2]))) {
      const end = await app.stop();
      if (end !== 0) problems.push(`${app.id} ended with ${end} instead of 0`);
    }
    return { "in all": performance.now() - from };
  });
  const before = failedSince(0);
  if (before.length > 0) problems.push(`${before.length} calls failed before there was a bad version`);

  await exercise.step(`${bad} is bad`, async () => {
    const from = performance.now();
    const served = await introduce(world, bad, 4, share, { DRILL_FAILING: String(failing) });
    const watch = world.m3("canary", "watch", "role", margin, "--interval", "0.5");
    await Promise.race([delay(patienceMs, undefined, { ref: false }), watch.outcome]);
    const { code, stderr } = await watch.interrupt();
    if (code !== 1 || !stderr.includes(`${bad} is bad and was aborted`)) {
      problems.push(`${bad} is bad and was not aborted: watch ended with ${code}: ${stderr}`);
    }
    const times = { "start to rule": served, "in all": performance.now() - from };
    notes.push(stderr.trim().replace(/^m3: /, ""));
    // Roles that are there still go back soon.
    await quietTime(() => failedSince(0).length);
    return times;
  });
  const failed = failedSince(0);
  const unlucky = new Set(failed.map(({ player }) => player)).size;
  notes.push(
    `${bad}, until it was aborted: ${meetings.of(bad).size} of ${options.players} players met it, of ${unlucky} a call failed`,
  );
  const others = failed.filter(({ failure }) => !failure?.includes(`version ${bad} is broken`));
  if (others.length > 0) problems.push(`${others.length} calls failed that are not due to ${bad}`);
  const aborted = performance.now();
  await exercise.step("after", async () => {
    await delay(3000);
    return {};
  });
  const late = failedSince(aborted).length;
  if (late > 0) problems.push(`${late} calls failed after ${bad} was aborted`);
  if (meetings.of(bad).size === options.players) problems.push(`all players met ${bad}`);
  // Awaited, for the world ends with this function.
  return await exercise.end("canary");
}

/** Starts an app of a version and gives it a share of the players. Resolves with how long that took. */
async function introduce(
  world: DrillWorld,
  version: string,
  instance: number,
  share: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const from = performance.now();
  await world.add("role", instance, { DRILL_VERSION: version, ...env });
  await world.m3("canary", "set", "role", version, share).succeed();
  return performance.now() - from;
}

function isRole(world: DrillWorld, id: string, instances: readonly number[]): boolean {
  return instances.some((instance) => world.appId("role", instance) === id);
}

/** Resolves when the count has not risen for three seconds, or after long enough to say that it does not stop. */
async function quietTime(count: () => number): Promise<void> {
  const until = performance.now() + patienceMs;
  let [known, since] = [count(), performance.now()];
  while (performance.now() - since < 3000 && performance.now() < until) {
    await delay(100);
    if (count() === known) continue;
    [known, since] = [count(), performance.now()];
  }
}
