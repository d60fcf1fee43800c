import { randomUUID } from "node:crypto";
import type { Output } from "@m3game/cli";
import { findFreePorts } from "@m3game/testing/services";
import type { AppProcess } from "../../scripts/cluster/app-process.ts";
import { DemoCluster } from "../../scripts/cluster/demo-cluster.ts";
import { smokeEnv } from "../../scripts/start/demo-smoke.ts";
import type { Sections } from "../../scripts/start/variables.ts";
import { DrillServers, type ServerName } from "./drill-servers.ts";

export interface DrillWorldOptions {
  /** Servers that only this world uses. */
  readonly own: readonly ServerName[];
  /** Which apps there are, by function. @default all */
  readonly functions?: readonly string[];
  /** What configs that have these sections say in them, beside where the servers are. */
  readonly sections?: Sections;
  /** Told what the apps print. */
  readonly stdout: Output;
}

/** That a machine is busy is no finding. */
const rpcTimeoutMs = "15000";

/** The demo as processes, two of each, in a world of its own. Disposing ends all of it. */
export class DrillWorld implements AsyncDisposable {
  readonly servers: DrillServers;
  /** Where clients connect, the same after a gate was started again. */
  readonly gates: readonly string[];
  readonly #cluster: DemoCluster;

  static async start({ own, functions, sections, stdout }: DrillWorldOptions): Promise<DrillWorld> {
    const world = `drill${randomUUID().slice(0, 8)}`;
    const ports = await findFreePorts(2);
    const gateEnvs = ports.map((port, index) => [
      `demo.${world}.gate.${index + 1}`,
      { M3__Plugin__Gate__gate_ws__Port: String(port) },
    ]);
    // The cluster ends them.
    const servers = await DrillServers.start(own);
    const cluster = await DemoCluster.start({
      ...{ world, services: servers, stdout, ...(functions && { functions }), ...(sections && { sections }) },
      env: { ...process.env, M3__Plugin__Trans__trans_http2__Port: "0", M3__Options__Rpc__TimeoutMs: rpcTimeoutMs },
      envs: { ...smokeEnv, gate: { M3__Plugin__Gate__gate_grpc__Port: "0" }, ...Object.fromEntries(gateEnvs) },
    });
    return new DrillWorld(
      servers,
      cluster,
      ports.map((port) => `127.0.0.1:${port}`),
    );
  }

  private constructor(servers: DrillServers, cluster: DemoCluster, gates: readonly string[]) {
    this.servers = servers;
    this.#cluster = cluster;
    this.gates = gates;
  }

  /** In the order of their start. */
  get apps(): readonly AppProcess[] {
    return this.#cluster.processes;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cluster[Symbol.asyncDispose]();
  }
}
