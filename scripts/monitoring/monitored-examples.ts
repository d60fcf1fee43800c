import { join } from "node:path";
import { loadCluster } from "@m3game/cli";
import { login } from "@m3game/examples/client/login";
import { modes } from "@m3game/examples/client/modes";
import { ActorRegSer, ActorSer } from "@m3game/examples/gen/actor_pb.js";
import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { findFreePorts } from "@m3game/testing/services";
import { type Cluster, p2p, startCluster } from "m3game";
import { root } from "../lib/root.ts";

const [multi, actor, gate] = ["example.world1.multi.1", "example.world1.actor.1", "example.world1.gate.1"] as const;

/** The examples on free ports, with their metrics served. */
export interface MonitoredExamples extends AsyncDisposable {
  /** Where each app's metrics are. */
  readonly targets: readonly string[];
  /** Plays, so that every metric moves: calls that succeed, fail and are refused, players who come and are turned away. */
  play(): Promise<void>;
}

export async function startMonitoredExamples(): Promise<MonitoredExamples> {
  const members = await loadCluster(join(root, "examples/cluster.ts"), {});
  const ports = await findFreePorts(members.length);
  const cluster = await startCluster(
    members.map((member, index) => ({
      ...member,
      env: {
        M3__Plugin__Trans__trans_http2__Port: "0",
        M3__Plugin__Metric__metric_prom__Port: String(ports[index]),
        M3__Plugin__Log__log_pino__LogLevel: "FATAL",
        ...(member.id.includes(".gate.") && {
          M3__Plugin__Gate__gate_ws__Port: "0",
          M3__Plugin__Gate__gate_grpc__Port: "0",
        }),
        ...(member.id.includes(".actor.") && {
          M3__Plugin__DB__db_sqlite__File: ":memory:",
          M3__Server__Actor__SaveTimeInter: "1",
        }),
      },
    })),
  );
  return {
    targets: ports.map((port) => `127.0.0.1:${port}`),
    play: () => play(cluster),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function play(cluster: Cluster): Promise<void> {
  const calls = cluster.app(gate);
  // Before the rules refuse it.
  await calls
    .client(MultiSer)
    .to(p2p(multi))
    .breakHello({ req: "fail" })
    .catch(() => {});
  const { endpoint = "" } = cluster.app(gate).endpoints.find(({ scheme }) => scheme === "ws") ?? {};
  const player = await login("ws", endpoint, "June");
  try {
    for (const mode of ["Hello", "ActorBroadCast", "Break"]) await modes[mode]?.(player, () => {});
  } finally {
    player.close();
  }
  // Turned away.
  await login("ws", endpoint, "").catch(() => {});
  await calls.client(ActorRegSer).to(p2p(actor)).register({ playerId: "17", name: "June" });
  // At once: they wait for each other's turn.
  const actors = calls.client(ActorSer).to(p2p(actor));
  await Promise.all(Array.from({ length: 20 }, () => actors.pullChannel({ actorId: "17" })));
  await actors.lvUp({ actorId: "17" });
}
