import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Output } from "@m3game/cli";
import { findFreePorts } from "@m3game/testing/services";
import { parseAppId } from "m3game";
import type { AppProcess } from "../../scripts/cluster/app-process.ts";
import { DemoCluster } from "../../scripts/cluster/demo-cluster.ts";
import { root } from "../../scripts/lib/root.ts";
import { smokeEnv } from "../../scripts/start/demo-smoke.ts";
import type { Sections } from "../../scripts/start/variables.ts";
import { DrillServers, type ServerName } from "./drill-servers.ts";
import { M3Command } from "./m3-command.ts";

export interface DrillWorldOptions {
  /** Servers that only this world uses. */
  readonly own: readonly ServerName[];
  /** Which apps there are, by function. @default all */
  readonly functions?: readonly string[];
  /** How many processes each app has. @default 2 */
  readonly instances?: number;
  /** Other files than the demo's app.ts, from the project's root, and further variables, by function. */
  readonly files?: Readonly<Record<string, string>>;
  readonly envs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Where the config files are. @default the demo's */
  readonly configDir?: string;
  /** What configs that have these sections say in them, beside where the servers are. */
  readonly sections?: Sections;
  /** Told what the apps print. */
  readonly stdout: Output;
}

/** That a machine is busy is no finding. */
const patientEnv = { M3__Options__Rpc__TimeoutMs: "15000", M3__Options__Life__StageTimeoutMs: "60000" };

/** The demo as processes, in a world of its own. Disposing ends all of it. */
export class DrillWorld implements AsyncDisposable {
  readonly servers: DrillServers;
  /** Where clients connect, the same after a gate was started again. */
  readonly gates: readonly string[];
  readonly #world: string;
  readonly #cluster: DemoCluster;

  static async start({ own, envs, stdout, instances = 2, ...world }: DrillWorldOptions): Promise<DrillWorld> {
    const name = `drill${randomUUID().slice(0, 8)}`;
    const ports = await findFreePorts(instances);
    const gateEnvs = ports.map((port, index) => [
      `demo.${name}.gate.${index + 1}`,
      { M3__Plugin__Gate__gate_ws__Port: String(port) },
    ]);
    // The cluster ends them.
    const servers = await DrillServers.start(own);
    const cluster = await DemoCluster.start({
      ...{ ...world, world: name, services: servers, instances, stdout },
      env: { ...process.env, M3__Plugin__Trans__trans_http2__Port: "0", ...patientEnv },
      envs: {
        ...smokeEnv,
        ...envs,
        gate: { ...envs?.gate, M3__Plugin__Gate__gate_grpc__Port: "0" },
        ...Object.fromEntries(gateEnvs),
      },
    });
    return new DrillWorld(
      name,
      servers,
      cluster,
      ports.map((port) => `127.0.0.1:${port}`),
    );
  }

  private constructor(name: string, servers: DrillServers, cluster: DemoCluster, gates: readonly string[]) {
    this.#world = name;
    this.servers = servers;
    this.#cluster = cluster;
    this.gates = gates;
  }

  /** Starts one more app of this function. Resolves when it is ready. */
  add(func: string, instance: number, env: Readonly<Record<string, string>>): Promise<AppProcess> {
    return this.#cluster.add({ func, id: this.appId(func, instance), env });
  }

  appId(func: string, instance: number): string {
    return `demo.${this.#world}.${func}.${instance}`;
  }

  /** Runs an `m3` command for operators on this world. */
  m3(...args: readonly string[]): M3Command {
    const conf = ["-conf", join(root, "demo/config/roleapp.toml"), "-world", `demo.${this.#world}`];
    return new M3Command([...args, ...conf], { ...process.env, ...this.#cluster.variables("role") });
  }

  /** In the order of their start. */
  get apps(): readonly AppProcess[] {
    return this.#cluster.processes;
  }

  /** Starts those again that were killed, each only after the others that it calls. */
  async startAll(): Promise<void> {
    for (const group of Map.groupBy(this.apps, ({ id }) => parseAppId(id).func).values()) {
      await Promise.all(group.map((app) => app.start()));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cluster[Symbol.asyncDispose]();
  }
}
