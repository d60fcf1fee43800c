import { maxClaimsPerRequest } from "m3game";
import { type AppGroup, type Cluster, followersOf, totalOf } from "./cluster.ts";

/** What the cluster is configured for. */
export interface Times {
  /** `LeaseKeepLiveTime` of registry and lease store. */
  readonly ttlSeconds: number;
  /** How long an actor stays in memory. */
  readonly actorLifeSeconds: number;
}

/** Requests for each second to the servers of registry and leases while apps neither come nor go. */
export interface SteadyRates {
  readonly registryRenewals: number;
  readonly leaseRenewals: number;
  /** Claims taken, and as many given up. */
  readonly claims: number;
}

/** router_etcd renews an entry three times within its time, lease_etcd a session four times. */
export function steadyRates(cluster: Cluster, { ttlSeconds, actorLifeSeconds }: Times): SteadyRates {
  const apps = totalOf(cluster, "instances");
  const claims = totalOf(cluster, "actors") / actorLifeSeconds;
  return {
    registryRenewals: (3 * apps) / ttlSeconds,
    leaseRenewals: (4 * apps) / ttlSeconds,
    claims,
  };
}

/** What one app that comes or goes costs. */
export interface ChangeCost {
  /** Requests of this app to the registry. */
  readonly registryRequests: number;
  /** Entries that it is told of at its start. */
  readonly entriesListed: number;
  /** Notices of the registry to the other apps. */
  readonly notices: number;
  readonly movedActors: number;
  /** Transactions of the lease store: what has to be written to its log. */
  readonly leaseTransactions: number;
  readonly leaseReads: number;
}

/** Entry: lease, key, its own watch. For each service that it follows: a list and a watch. */
export function joinCost(cluster: Cluster, group: AppGroup): ChangeCost {
  const followed = cluster.filter(({ func }) => group.follows.includes(func));
  const moved = group.actors / (group.instances + 1);
  return {
    registryRequests: 4 + 2 * followed.length,
    entriesListed: totalOf(followed, "instances") + 1,
    notices: followersOf(cluster, group.func),
    movedActors: moved,
    ...moveCost(moved),
  };
}

/** An app that drains: its lease in the registry is revoked, its actors move. */
export function drainCost(cluster: Cluster, group: AppGroup): ChangeCost {
  const moved = group.actors / group.instances;
  return {
    registryRequests: 1,
    entriesListed: 0,
    notices: followersOf(cluster, group.func) - 1,
    movedActors: moved,
    ...moveCost(moved),
  };
}

/** An app that died: etcd ends both its leases; whoever is called next takes the claims of its actors, many at a time. */
export function crashCost(cluster: Cluster, group: AppGroup): ChangeCost {
  const moved = group.actors / group.instances;
  const takers = group.instances - 1;
  const requests = takers * Math.ceil(moved / takers / maxClaimsPerRequest);
  return {
    registryRequests: 0,
    entriesListed: 0,
    notices: followersOf(cluster, group.func) - 1,
    movedActors: moved,
    leaseTransactions: 1 + requests,
    leaseReads: 0,
  };
}

/** To move: look for the target's session, transfer, and the new owner asks for what it has. */
function moveCost(actors: number): Pick<ChangeCost, "leaseTransactions" | "leaseReads"> {
  return { leaseTransactions: 2 * actors, leaseReads: actors };
}
