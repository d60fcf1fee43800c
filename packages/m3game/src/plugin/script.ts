import type { Reloadable } from "./reload.ts";

/**
 * Logic that is exchanged while the app runs. A reload takes all its files or none: the error names file and line, and the
 * old scripts stay. What scripts keep in memory is gone with them.
 */
export interface Scripts extends AsyncDisposable, Reloadable {
  /** True when the scripts loaded now define this hook. */
  has(hook: string): boolean;
  /**
   * Calls a hook with plain values and gives its result. Rejects with UNIMPLEMENTED when there is none, with
   * DEADLINE_EXCEEDED or RESOURCE_EXHAUSTED when it used up its time or memory, with INTERNAL when it failed; the
   * scripts are then still usable.
   */
  call(hook: string, ...args: readonly unknown[]): Promise<unknown>;
}
