import { fromBinary } from "@bufbuild/protobuf";
import { LvUp_RspSchema } from "@m3game/examples/gen/actor_pb.js";
import { type Server, startApp } from "m3game";
import type { Sample } from "../harness/result.ts";
import { driveBatches } from "../harness/solo-load.ts";
import type { SoloMeasure, SoloOptions } from "../harness/solo-subject.ts";
import { DirectTrans } from "./direct-trans.ts";
import { actorApp, actorAppId, asyncCounterSer, counterSer, quietActors } from "./player.ts";
import { lvUpMethod, lvUpRequests } from "./requests.ts";

const size = 256;
const warmup = { warmupMs: 1500, warmupOps: 300_000 };

/** Turns of actors whose handler answers at once, from the encoded request to the encoded answer. */
export const turns: SoloMeasure = (options) => measureTurns(counterSer, options);

/** The same with an `async` handler. */
export const asyncTurns: SoloMeasure = (options) => measureTurns(asyncCounterSer, options);

async function measureTurns(server: Server, { measureMs, params }: SoloOptions): Promise<Sample> {
  const { actors = 1 } = params;
  const trans = new DirectTrans();
  await using app = await startApp(actorApp(server, [trans.plugin]), {
    id: actorAppId,
    config: `${trans.config}${quietActors}`,
  });
  const requests = lvUpRequests(actors);
  let next = 0;
  let turnsDone = 0;
  let last: Uint8Array = new Uint8Array(0);
  const run = (count: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let open = count;
    const done = (answer: Uint8Array | undefined, error?: Error): void => {
      if (answer === undefined) return reject(error);
      last = answer;
      turnsDone++;
      if (--open === 0) resolve();
    };
    for (let index = 0; index < count; index++) {
      const request = requests[next++ % actors];
      if (request !== undefined) trans.call(lvUpMethod, request, done);
    }
    return promise;
  };
  // All of them are active before anything is measured.
  for (let active = 0; active < actors; active += size) await run(size);
  const sample = await driveBatches({ run, size, ...warmup, measureMs });
  const { level } = fromBinary(LvUp_RspSchema, last);
  if (level < Math.floor(turnsDone / actors)) throw new Error(`after ${turnsDone} turns the level is ${level}`);
  if (app.state !== "ready") throw new Error(`the app is ${app.state}`);
  return sample;
}
