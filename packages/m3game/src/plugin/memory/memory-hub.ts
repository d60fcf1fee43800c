import { MemoryNetwork } from "./memory-network.ts";
import { MemoryRegistry } from "./memory-registry.ts";
import { MemorySubjects } from "./memory-subjects.ts";

/**
 * What several apps of one process share instead of a registry, a broker and a network: pass one hub to the
 * `routerMemory`, `brokerMemory` and `transMemory` of each of them. Two hubs never see each other.
 */
export interface MemoryHub {
  /** @internal */
  readonly registry: MemoryRegistry;
  /** @internal */
  readonly subjects: MemorySubjects;
  /** @internal */
  readonly network: MemoryNetwork;
}

/** Makes an empty hub. It holds no socket or timer and needs no disposal. */
export function createMemoryHub(): MemoryHub {
  return { registry: new MemoryRegistry(), subjects: new MemorySubjects(), network: new MemoryNetwork() };
}
