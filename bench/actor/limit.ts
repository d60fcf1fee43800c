import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { LvUp_ReqSchema, LvUp_RspSchema } from "@m3game/examples/gen/actor_pb.js";
import type { Sample } from "../harness/result.ts";
import { driveBatches } from "../harness/solo-load.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { lvUpRequests, playerId } from "./requests.ts";

const size = 256;
const warmup = { warmupMs: 1500, warmupOps: 300_000 };

interface BareActor {
  level: number;
  isRunning: boolean;
  readonly mailbox: (() => void)[];
}

/** An actor is found in a map, its mailbox is served one by one, each call has a promise: nothing else. */
class BareActors {
  readonly #actors = new Map<string, BareActor>();

  call(id: string, handler: (actor: BareActor) => number): Promise<number> {
    let actor = this.#actors.get(id);
    if (actor === undefined) {
      actor = { level: 0, isRunning: false, mailbox: [] };
      this.#actors.set(id, actor);
    }
    const found = actor;
    return new Promise((resolve) => {
      found.mailbox.push(() => resolve(handler(found)));
      if (!found.isRunning) serve(found);
    });
  }
}

function serve(actor: BareActor): void {
  actor.isRunning = true;
  for (let run = actor.mailbox.shift(); run !== undefined; run = actor.mailbox.shift()) run();
  actor.isRunning = false;
}

const levelUp = (actor: BareActor): number => (actor.level += 1);

/** What a promise, a map look-up and a mailbox allow: no codec, no deadlines, no errors, no ownership. */
export const limit: SoloMeasure = ({ measureMs, params: { actors = 1 } }) => {
  const ids = Array.from({ length: actors }, (_, index) => playerId((index * 7919) % actors));
  const bare = new BareActors();
  return measureBare(ids, measureMs, async (id) => void (await bare.call(id, levelUp)));
};

/** The same with the request decoded and the answer encoded. */
export const limitWithCodec: SoloMeasure = ({ measureMs, params: { actors = 1 } }) => {
  const bare = new BareActors();
  return measureBare(lvUpRequests(actors), measureMs, async (payload) => {
    const level = await bare.call(fromBinary(LvUp_ReqSchema, payload).actorId, levelUp);
    if (toBinary(LvUp_RspSchema, create(LvUp_RspSchema, { level })).length === 0)
      throw new Error("nothing was encoded");
  });
};

function measureBare<T>(inputs: readonly T[], measureMs: number, call: (input: T) => Promise<void>): Promise<Sample> {
  let next = 0;
  const run = (count: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let open = count;
    const done = (): void => {
      if (--open === 0) resolve();
    };
    for (let index = 0; index < count; index++) {
      const input = inputs[next++ % inputs.length];
      if (input !== undefined) call(input).then(done, reject);
    }
    return promise;
  };
  return driveBatches({ run, size, ...warmup, measureMs });
}
