import { create, toBinary } from "@bufbuild/protobuf";
import { ActorDBSchema } from "@m3game/examples/gen/actor_pb.js";
import { type Server, startApp } from "m3game";
import { usedBytes } from "../harness/memory.ts";
import type { Sample } from "../harness/result.ts";
import type { SoloMeasure, SoloOptions } from "../harness/solo-subject.ts";
import { DirectTrans } from "./direct-trans.ts";
import { forgetfulDb, forgetfulLease } from "./forgetful-plugins.ts";
import { actorApp, actorAppId, counterSer, playerSer, quietActors } from "./player.ts";
import { lvUpMethod, lvUpRequest, playerId } from "./requests.ts";

const inFlight = 1000;

/** What an idle actor takes that has one number of its own. */
export const idleCounters: SoloMeasure = (options) => measureIdle(counterSer, () => undefined, options);

/** The same with one entity; its message and the encoding that the store has confirmed are data. */
export const idlePlayers: SoloMeasure = (options) => measureIdle(playerSer, playerData, options);

function playerData(index: number): unknown {
  const message = create(ActorDBSchema, { actorId: playerId(index), name: "player", level: 2 });
  return { message, encoding: toBinary(ActorDBSchema, message) };
}

async function measureIdle(
  server: Server,
  dataOf: (index: number) => unknown,
  { params }: SoloOptions,
): Promise<Sample> {
  const { actors = 1 } = params;
  const dataBytes = measureData(dataOf);
  const trans = new DirectTrans();
  await using _app = await startApp(actorApp(server, [trans.plugin, forgetfulLease, forgetfulDb]), {
    id: actorAppId,
    config: `${trans.config}
      [[Plugin.Lease.lease_forgetful]]
      [[Plugin.DB.db_forgetful]]
      ${quietActors}
      SaveTimeInter = 0`,
  });
  const call = (index: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    trans.call(lvUpMethod, lvUpRequest(index), (answer, error) => (answer === undefined ? reject(error) : resolve()));
    return promise;
  };
  // The code that runs takes memory too, but only once.
  let next = 0;
  for (; next < 2 * inFlight; next++) await call(next);
  const before = usedBytes();
  const from = performance.now();
  const cpuBefore = process.cpuUsage();
  for (const end = next + actors; next < end; ) {
    await Promise.all(Array.from({ length: Math.min(inFlight, end - next) }, () => call(next++)));
  }
  const elapsedMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpuBefore);
  const bytes = (usedBytes() - before) / actors;
  const msPerActor = elapsedMs / actors;
  return {
    opsPerSec: 1000 / msPerActor,
    p50Ms: msPerActor,
    p99Ms: msPerActor,
    p999Ms: msPerActor,
    cpuUsPerOp: (user + system) / actors,
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
    more: { "bytes/actor": bytes, "of it data": dataBytes, "beside data": bytes - dataBytes },
  };
}

/** What the data of one actor takes by itself. */
function measureData(dataOf: (index: number) => unknown): number {
  const count = 50_000;
  const kept: unknown[] = new Array(count).fill(undefined);
  dataOf(0);
  const before = usedBytes();
  for (let index = 0; index < count; index++) kept[index] = dataOf(index);
  const bytes = (usedBytes() - before) / count;
  if (kept.length !== count) throw new Error("the data was not kept");
  return bytes;
}
