import { MemoryStore } from "./db-memory-store.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { MemoryRegistry } from "./memory-registry.ts";
import { MemorySubjects } from "./memory-subjects.ts";

/**
 * What several apps of one process share instead of a registry, a broker, a network and a store: pass one hub to the
 * `routerMemory`, `brokerMemory`, `transMemory` and `dbMemory` of each of them. Two hubs never see each other.
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
}

/** Makes an empty hub. It holds no socket or timer and needs no disposal. */
export function createMemoryHub(): MemoryHub {
  return {
    registry: new MemoryRegistry(),
    subjects: new MemorySubjects(),
    network: new MemoryNetwork(),
    store: new MemoryStore(),
  };
}
