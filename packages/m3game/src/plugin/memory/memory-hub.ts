import { MemoryRegistry } from "./memory-registry.ts";
import { MemorySubjects } from "./memory-subjects.ts";

/**
 * What several apps of one process share instead of a registry and a broker: pass one hub to the `routerMemory` and
 * `brokerMemory` of each of them. Two hubs never see each other.
 */
export interface MemoryHub {
  /** @internal */
  readonly registry: MemoryRegistry;
  /** @internal */
  readonly subjects: MemorySubjects;
}

/** Makes an empty hub. It holds no socket or timer and needs no disposal. */
export function createMemoryHub(): MemoryHub {
  return { registry: new MemoryRegistry(), subjects: new MemorySubjects() };
}
