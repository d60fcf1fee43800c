import { readServiceAddresses, type ServiceName } from "@m3game/testing/services";
import { down } from "../services/down.ts";
import { busyMs, isAnswering, up } from "../services/up.ts";
import type { Sections } from "../start/variables.ts";

const names = ["consul", "nats", "etcd", "redis"] as const satisfies readonly ServiceName[];

/** Where the servers of a cluster are, `host:port`. */
export type ClusterAddresses = Readonly<Record<(typeof names)[number], string>>;

/** The servers that the cluster needs. Disposing ends those that were started for it. */
export interface ClusterServices extends AsyncDisposable {
  /** Where they are, as a config says it. */
  readonly sections: Sections;
}

/** Uses the servers that `npm run services` has up, and brings up those that are not. `prefix`: what keys in Redis begin with. */
export async function startServices(prefix: string): Promise<ClusterServices> {
  const present = readServiceAddresses();
  const missing: ServiceName[] = [];
  for (const name of names) {
    const address = present[name];
    if (address === undefined || !(await isAnswering(name, address, busyMs))) missing.push(name);
  }
  if (missing.length > 0) await up(missing);
  return { sections: sectionsOf(readAddresses(), prefix), [Symbol.asyncDispose]: () => down(missing) };
}

function readAddresses(): ClusterAddresses {
  const found = readServiceAddresses();
  const need = (name: (typeof names)[number]) => {
    const address = found[name];
    if (address === undefined) throw new Error(`${name} is not up: run "npm run services -- up" and try again`);
    return address;
  };
  return { consul: need("consul"), nats: need("nats"), etcd: need("etcd"), redis: need("redis") };
}

/** What configs say of these servers. `Prefix`: what keys in Redis begin with. */
export function sectionsOf({ consul, nats, etcd, redis }: ClusterAddresses, Prefix: string): Sections {
  const [Host = "", Port = ""] = redis.split(":");
  return {
    "Plugin.Router.router_consul": { ConsulHost: consul },
    "Plugin.Broker.broker_nats": { URL: nats },
    "Plugin.Lease.lease_etcd": { Endpoints: etcd },
    "Plugin.DB.db_redis": { Host, Port, Prefix },
  };
}
