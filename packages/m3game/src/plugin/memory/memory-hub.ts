import { MemoryStore } from "./db-memory-store.ts";
import type { MemoryLeaseFaults } from "./memory-lease-faults.ts";
import { MemoryLeaseStore } from "./memory-lease-store.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { MemoryRegistry } from "./memory-registry.ts";
import { MemorySubjects } from "./memory-subjects.ts";

/**
 * What several apps of one process share instead of a registry, a broker, a network, a store and a lease store: pass one hub
 * to the `routerMemory`, `brokerMemory`, `transMemory`, `dbMemory` and `leaseMemory` of each of them. Two hubs never see each other.
 */
export interface MemoryHub {
  /** @internal */
  readonly registry: MemoryRegistry;
  /** @internal */
  readonly subjects: MemorySubjects;
  /** @internal */
  readonly network: MemoryNetwork;
  /** @internal */
  readonly store: MemoryStore;
  /** @internal */
  readonly leases: MemoryLeaseStore;
  /** Breaks what `leaseMemory` does, for tests. */
  readonly leaseFaults: MemoryLeaseFaults;
}

/** Makes an empty hub. It holds no socket or timer and needs no disposal. */
export function createMemoryHub(): MemoryHub {
  const leases = new MemoryLeaseStore();
  return {
    registry: new MemoryRegistry(),
    subjects: new MemorySubjects(),
    network: new MemoryNetwork(),
    store: new MemoryStore(),
    leases,
    leaseFaults: leases.faults,
  };
}
