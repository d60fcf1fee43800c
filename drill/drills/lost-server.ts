import { setTimeout as delay } from "node:timers/promises";
import { type Drill, type DrillOptions, Exercise } from "../drill.ts";
import { shortId } from "../report/short-id.ts";
import type { DrillSummary } from "../report/summary.ts";
import type { ServerName } from "../world/drill-servers.ts";

/** Until each app has called what it calls: who has never asked for a service does not know its instances. */
const warmMs = 20_000;

/** The registry is away for a while, and has forgotten everything when it is back: no call fails. */
export const registry: Drill = (options) => withoutServer("registry", "consul", options);

/** The broker is away for a while: no call fails. */
export const broker: Drill = (options) => withoutServer("broker", "nats", options);

/** A server that calls do not need dies and comes back without its data. Afterwards a restarted app is found as before. */
async function withoutServer(drill: string, name: ServerName, options: DrillOptions): Promise<DrillSummary> {
  await using exercise = await Exercise.start(options, { own: ["redis", name] });
  const server = exercise.world.servers.own(name);
  await exercise.calm();
  await delay(warmMs);
  await exercise.step(`${name} is gone`, async () => {
    await server.stop("SIGKILL");
    await server.wipe();
    await delay(options.outageMs);
    return {};
  });
  await exercise.step(`${name} is back`, async () => {
    const from = performance.now();
    await server.start();
    const back = performance.now();
    await exercise.calm();
    return { start: back - from };
  });
  const app = exercise.world.apps.find(({ id }) => id.endsWith(".role.1"));
  if (app === undefined) throw new Error("the demo has no roleapp");
  await exercise.step(`${shortId(app.id)} is restarted`, async () => {
    const from = performance.now();
    await app.stop();
    const stopped = performance.now();
    await app.start();
    const ready = performance.now();
    await exercise.calm();
    return { "SIGTERM to exit": stopped - from, "start to ready": ready - stopped };
  });
  const summary = await exercise.end(drill);
  const failed = summary.failed === 0 ? [] : [`${summary.failed} calls failed, and none needs the ${drill}`];
  return { ...summary, problems: [...summary.problems, ...failed] };
}
