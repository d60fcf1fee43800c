import { leaseEtcd } from "@m3game/lease-etcd";
import { type Server, startApp } from "m3game";
import type { Sample } from "../harness/result.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { summarizeLatency } from "../harness/stats.ts";
import type { Services } from "../harness/subject.ts";
import { cpuRate, readCpuUsage } from "../harness/usage.ts";
import { DirectTrans } from "./direct-trans.ts";
import { actorApp, counterSer, playerSer, quietActors } from "./player.ts";
import { lvUpMethod, lvUpRequest } from "./requests.ts";

const warmupMs = 1000;
const inFlight = 256;

/** First calls of actors that have nothing to load: claim, actor, turn. */
export const activateMemory: SoloMeasure = ({ measureMs }) => measureActivations(counterSer, "", measureMs);

/** The same with a row that has to be looked for and made, in the embedded store. */
export const activateAndCreate: SoloMeasure = ({ measureMs }) => measureActivations(playerSer, "", measureMs);

/** The first with claims in etcd. */
export const activateEtcd: SoloMeasure = ({ measureMs, services }) =>
  measureActivations(counterSer, etcdConfig(services), measureMs);

function etcdConfig({ etcd }: Services): string {
  if (etcd === undefined) throw new Error('no etcd: "npm run services -- up etcd" starts one');
  return `
    [[Plugin.Lease.lease_etcd]]
    Endpoints = "${etcd}"
  `;
}

async function measureActivations(server: Server, leaseConfig: string, measureMs: number): Promise<Sample> {
  const trans = new DirectTrans();
  // A world of its own: other runs may have left claims in the same etcd.
  await using _app = await startApp(actorApp(server, [trans.plugin, leaseEtcd]), {
    id: `bench.w${process.pid}.actor.1`,
    config: `${trans.config}${leaseConfig}${quietActors}`,
  });
  let next = 0;
  const activate = (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    trans.call(lvUpMethod, lvUpRequest(next++), (answer, error) => (answer === undefined ? reject(error) : resolve()));
    return promise;
  };
  await activateUntil(activate, performance.now() + warmupMs);
  const before = readCpuUsage();
  const latenciesMs = await activateUntil(activate, before.atMs + measureMs);
  const after = readCpuUsage();
  const opsPerSec = latenciesMs.length / ((after.atMs - before.atMs) / 1000);
  return {
    opsPerSec,
    ...summarizeLatency(Float64Array.from(latenciesMs)),
    cpuUsPerOp: cpuRate(before, after) / opsPerSec,
  };
}

/** Keeps as many under way until the time is over, and gives how long each took. */
async function activateUntil(activate: () => Promise<void>, untilMs: number): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  const slot = async (): Promise<void> => {
    for (let from = performance.now(); from < untilMs; ) {
      await activate();
      const now = performance.now();
      latenciesMs.push(now - from);
      from = now;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, slot));
  return latenciesMs;
}
