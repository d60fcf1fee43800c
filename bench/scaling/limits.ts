import { type Cluster, totalOf } from "./cluster.ts";
import type { SteadyRates } from "./message-rates.ts";

/** What one server of leases was measured to take, see docs/scaling.md. */
export interface StoreLimits {
  /** Memory of etcd for one claim. */
  readonly bytesPerClaim: number;
  readonly memoryBytes: number;
  /** Claims that it takes or gives up in a second. */
  readonly claimsPerSecond: number;
}

/** One etcd on two cores: memory as `simulate --etcd` measures it, the rate of `bench -- actor`. */
export const measuredEtcd: StoreLimits = {
  bytesPerClaim: 1550,
  memoryBytes: 8 * 2 ** 30,
  claimsPerSecond: 9500,
};

export interface Headroom {
  readonly claimMemoryBytes: number;
  /** Claims that fit into the memory of one lease store. */
  readonly mostClaims: number;
  /** Of what one lease store can do. */
  readonly claimLoad: number;
  /** Lease stores, and so worlds, that this cluster needs. */
  readonly worlds: number;
  /** The shortest life of actors with which one lease store keeps up, in seconds. */
  readonly leastLifeSeconds: number;
}

export function headroom(cluster: Cluster, steady: SteadyRates, limits: StoreLimits): Headroom {
  const actors = totalOf(cluster, "actors");
  const claimMemoryBytes = actors * limits.bytesPerClaim;
  const claimLoad = (2 * steady.claims) / limits.claimsPerSecond;
  return {
    ...{ claimMemoryBytes, claimLoad },
    mostClaims: limits.memoryBytes / limits.bytesPerClaim,
    worlds: Math.max(1, Math.ceil(claimMemoryBytes / limits.memoryBytes), Math.ceil(claimLoad)),
    leastLifeSeconds: (2 * actors) / limits.claimsPerSecond,
  };
}
