import { measurePair } from "../harness/pair.ts";
import { labelRatio } from "../harness/ratios.ts";
import type { Params, Row } from "../harness/result.ts";
import { measureSolo } from "../harness/solo.ts";
import type { Case, Suite } from "../harness/suite.ts";
import { actorTargets } from "./targets.ts";

const own = (file: string): URL => new URL(file, import.meta.url);
const warmup = { warmupMs: 1500, warmupInFlight: 64 };

/** Actors: turns, activations, memory, calls from another process, handover. */
export const suite: Suite = {
  name: "actor",
  note: [
    "limit: a promise, a map look-up and a mailbox. limit+codec: that with the request decoded and the answer encoded, as a server has to.",
    "turn and turn-async: an app with claims (lease_memory), from the encoded request to the encoded answer, without a network.",
    "activate: actors without data; activate-create: a row is looked for and made in the embedded store. 256 under way.",
    "idle: memory after 2 000 others were active, claims and store left aside; idle-player has an entity of three fields.",
    "actor-tcp, multi-tcp: the same small calls from another process; actor-tcp goes over 10 000 actors.",
    "handover: one at a time, between two apps of one process over trans_tcp, from active here to active there.",
  ].join("\n"),
  cases: ({ etcd }) => [
    ...[10_000, 1].flatMap((actors) => [
      solo("limit", "limit.ts", "limit", { actors }),
      solo("limit+codec", "limit.ts", "limitWithCodec", { actors }),
      solo("turn", "turn.ts", "turns", { actors }),
      solo("turn-async", "turn.ts", "asyncTurns", { actors }),
    ]),
    pair("multi-tcp", "remote-multi.ts"),
    pair("actor-tcp", "remote-actor.ts"),
    solo("activate", "activate.ts", "activateMemory"),
    solo("activate-create", "activate.ts", "activateAndCreate"),
    ...(etcd === undefined ? [] : [solo("activate-etcd", "activate.ts", "activateEtcd")]),
    solo("handover", "handover.ts", "handover"),
    solo("idle", "memory.ts", "idleCounters", { actors: 100_000 }),
    solo("idle-player", "memory.ts", "idlePlayers", { actors: 100_000 }),
    solo("idle", "memory.ts", "idleCounters", { actors: 1_000_000 }),
    solo("idle-player", "memory.ts", "idlePlayers", { actors: 1_000_000 }),
  ],
  prepare: async (_cases, { etcd }) => {
    if (etcd === undefined) {
      console.error('activate-etcd is left out, there is no etcd: "npm run services -- up etcd" starts one');
    }
  },
  ratios: actorRatios,
  targets: actorTargets,
};

function solo(name: string, file: string, measure: string, params: Readonly<Record<string, number>> = {}): Case {
  return {
    name,
    params,
    run: ({ measureMs, services }) => measureSolo(own(file), measure, { measureMs, services, params }),
  };
}

function pair(name: string, file: string): Case {
  const inFlight = 256;
  const params: Params = { inFlight };
  return {
    name,
    params,
    run: ({ measureMs, services }) => measurePair({ subject: own(file), services, inFlight, ...warmup, measureMs }),
  };
}

function actorRatios(rows: readonly Row[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  const add = (key: string, read: (row: Row) => number, a: string, b: string): void => {
    const value = labelRatio(rows, read, a, b);
    if (value !== undefined) ratios[key] = value;
  };
  for (const actors of [10_000, 1]) {
    for (const name of ["turn", "turn-async"]) {
      for (const limit of ["limit", "limit+codec"]) {
        add(`${name}/${limit}@${actors}`, ({ opsPerSec }) => opsPerSec, `${name}@${actors}`, `${limit}@${actors}`);
        add(
          `cpu:${limit}/${name}@${actors}`,
          ({ cpuUsPerOp }) => cpuUsPerOp,
          `${limit}@${actors}`,
          `${name}@${actors}`,
        );
      }
    }
  }
  add("actor-tcp/multi-tcp@256", ({ opsPerSec }) => opsPerSec, "actor-tcp@256", "multi-tcp@256");
  add("cpu:multi-tcp/actor-tcp@256", ({ cpuUsPerOp }) => cpuUsPerOp, "multi-tcp@256", "actor-tcp@256");
  return ratios;
}
