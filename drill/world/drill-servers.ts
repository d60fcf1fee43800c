import { type LaunchedService, launchService, readServiceAddresses } from "@m3game/testing/services";
import { type ClusterServices, sectionsOf } from "../../scripts/cluster/cluster-services.ts";
import type { Sections } from "../../scripts/start/variables.ts";

export const serverNames = ["consul", "nats", "etcd", "redis"] as const;
export type ServerName = (typeof serverNames)[number];

/** The servers of a drill: its own where it breaks them or leaves something in them, else those that `npm run services` has up. */
export class DrillServers implements ClusterServices {
  readonly sections: Sections;
  readonly #own: ReadonlyMap<ServerName, LaunchedService>;

  static async start(own: readonly ServerName[]): Promise<DrillServers> {
    const started = new Map<ServerName, LaunchedService>();
    try {
      for (const name of own) started.set(name, await launchService(name));
      return new DrillServers(started);
    } catch (error) {
      for (const server of started.values()) await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(own: ReadonlyMap<ServerName, LaunchedService>) {
    const shared = readServiceAddresses();
    const address = (name: ServerName) => {
      const found = own.get(name)?.address ?? shared[name];
      if (found === undefined) throw new Error(`${name} is not up: run "npm run services -- up" and try again`);
      return found;
    };
    this.#own = own;
    const [consul, nats, etcd, redis] = [address("consul"), address("nats"), address("etcd"), address("redis")];
    this.sections = sectionsOf({ consul, nats, etcd, redis }, "drill");
  }

  /** One of its own, to be broken. */
  own(name: ServerName): LaunchedService {
    const server = this.#own.get(name);
    if (server === undefined) throw new RangeError(`the drill has no ${name} of its own`);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#own.values()) await server[Symbol.asyncDispose]();
  }
}
