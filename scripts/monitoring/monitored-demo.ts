import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCluster } from "@m3game/cli";
import { test1, test2 } from "@m3game/demo/client/paths";
import { login } from "@m3game/demo/client/player";
import { GateSer } from "@m3game/demo/gen/gate_pb.js";
import { RoleFightSer, RoleSer } from "@m3game/demo/gen/role_pb.js";
import { findFreePorts } from "@m3game/testing/services";
import { type Cluster, p2p, startCluster } from "m3game";
import { root } from "../lib/root.ts";

const gate = "demo.world1.gate.1";

/** One of each app of the demo on free ports, with their metrics served. */
export interface MonitoredDemo extends AsyncDisposable {
  /** Where each app's metrics are. */
  readonly targets: readonly string[];
  /** Plays, so that every metric moves: calls that succeed, fail and wait for each other, players who come and are turned away. */
  play(): Promise<void>;
}

export async function startMonitoredDemo(): Promise<MonitoredDemo> {
  const members = await loadCluster(join(root, "demo/cluster.ts"), {});
  const firsts = members.filter(({ id }) => id.endsWith(".1"));
  const ports = await findFreePorts(firsts.length);
  const folder = await mkdtemp(join(tmpdir(), "m3game-monitored-"));
  const cluster = await startCluster(
    firsts.map((member, index) => ({
      ...member,
      env: {
        M3__Plugin__Metric__metric_prom__Port: String(ports[index]),
        M3__Plugin__Log__log_pino__LogLevel: "FATAL",
        ...(member.id.includes(".role.") && { M3__Server__Actor__MaxReqChanSize: "10" }),
        ...(member.id === gate
          ? { M3__Plugin__Gate__gate_ws__Port: "0", M3__Plugin__Gate__gate_grpc__Port: "0" }
          : { M3__Plugin__DB__db_sqlite__File: join(folder, "demo.sqlite") }),
      },
    })),
  );
  return {
    targets: ports.map((port) => `127.0.0.1:${port}`),
    play: () => play(cluster),
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

async function play(cluster: Cluster): Promise<void> {
  const { endpoint = "" } = cluster.app(gate).endpoints.find(({ scheme }) => scheme === "ws") ?? {};
  for (const path of [test1, test2]) await path(endpoint, "June", () => {});
  using player = await login(endpoint, "July");
  const role = player.client.service(RoleSer);
  await role.roleLogin({});
  const told = cluster.app("demo.world1.fight.1").client(RoleFightSer);
  const tell = (timeoutMs: number) => told.roleFightResult({ roleId: player.roleId, fightId: "1" }, { timeoutMs });
  // At once: they wait for each other's turn, some of them for too long, and others find no room.
  await Promise.allSettled(Array.from({ length: 40 }, (_, index) => tell(index % 2 === 0 ? 1 : 5000)));
  // It has none.
  await role.roleCancelClub({}).catch(() => {});
  await cluster.app("demo.world1.role.1").client(GateSer).to(p2p(gate)).sendToCli({ roleId: player.roleId });
  // Turned away.
  await login(endpoint, "").catch(() => {});
}
