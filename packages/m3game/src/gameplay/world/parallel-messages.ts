import type { WorldMemory } from "./world-state.ts";

/** What a worker of a `ParallelWorld` is started with. */
export interface WorkerStart {
  readonly memory: WorldMemory;
  /** Address of the module that exports `update`. */
  readonly module: string;
  /** The next cell that nobody has taken, in shared memory. */
  readonly nextCell: Int32Array;
}

/** One parallel phase. */
export interface WorkerTick {
  readonly deltaMs: number;
  /** True when `memory.now` and `memory.next` are exchanged. */
  readonly isSwapped: boolean;
}

/** What one cell emitted. */
export interface CellEvents<E> {
  readonly cell: number;
  readonly events: readonly E[];
}

export type WorkerReply<E> =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly emitted: readonly CellEvents<E>[] }
  | { readonly kind: "failed"; readonly error: unknown };
