import { ActorSer } from "@m3game/examples/gen/actor_pb.js";
import { transTcp } from "@m3game/trans-tcp";
import { p2p, startCluster } from "m3game";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { summarizeLatency } from "../harness/stats.ts";
import { cpuRate, readCpuUsage } from "../harness/usage.ts";
import { actorApp, Player, playerSer, quietActors } from "./player.ts";
import { playerId } from "./requests.ts";

const warmupMs = 1000;
const actors = 100;

const config = `
  [[Plugin.Trans.trans_tcp]]
  Host = "127.0.0.1"
  Port = 0
  ${quietActors}
  RebalanceTime = 0
`;

/**
 * How long it takes to give an actor with changed data to the other of two apps of this process, over trans_tcp: its data
 * saved, its claim transferred, loaded and active over there. One at a time.
 */
export const handover: SoloMeasure = async ({ measureMs }) => {
  const app = actorApp(playerSer, [transTcp]);
  await using cluster = await startCluster([
    { app, id: "bench.world1.actor.1", config },
    { app, id: "bench.world1.actor.2", config },
  ]);
  const apps = cluster.apps;
  for (let index = 0; index < actors; index++) {
    await apps[0]
      ?.client(ActorSer)
      .to(p2p("bench.world1.actor.1"))
      .lvUp({ actorId: playerId(index) });
  }

  let moves = 0;
  const move = async (): Promise<number> => {
    const id = playerId(moves % actors);
    const [from, to] = Math.floor(moves / actors) % 2 === 0 ? apps : apps.toReversed();
    if (from === undefined || to === undefined) throw new Error("there are not two apps");
    const call = from.client(ActorSer).to(p2p(from.id.app));
    const { level } = await call.lvUp({ actorId: id });
    const startedAt = performance.now();
    await from.actors(Player).handOver(id, to.id.app);
    await to.actors(Player).activate(id);
    const elapsed = performance.now() - startedAt;
    moves++;
    if (level !== Math.ceil(moves / actors) + 2) throw new Error(`${id} has level ${level} after ${moves} moves`);
    return elapsed;
  };

  const warmUntil = performance.now() + warmupMs;
  while (performance.now() < warmUntil) await move();
  const latenciesMs: number[] = [];
  const before = readCpuUsage();
  while (performance.now() < before.atMs + measureMs) latenciesMs.push(await move());
  const after = readCpuUsage();
  const opsPerSec = latenciesMs.length / ((after.atMs - before.atMs) / 1000);
  return {
    opsPerSec,
    ...summarizeLatency(Float64Array.from(latenciesMs)),
    cpuUsPerOp: cpuRate(before, after) / opsPerSec,
  };
};
