import type { Reloadable } from "./reload.ts";

/**
 * Logic that is exchanged while the app runs. A reload takes all its files or none: the error names file and line, and the
 * old scripts stay. What scripts keep in memory is gone with them.
 */
export interface Scripts extends AsyncDisposable, Reloadable {
  /** True when the scripts loaded now define this hook. */
  has(hook: string): boolean;
  /**
   * Calls a hook with plain values and gives its result. Rejects with NO_HOOK when there is none, with
   * SCRIPT_TIMEOUT or SCRIPT_MEMORY when it used up its time or memory, with SCRIPT_FAILED when it failed, and the cause
   * says file and line; with OVERLOADED when too many calls wait. Whatever a call does, the scripts are usable afterwards.
   */
  call(hook: string, ...args: readonly unknown[]): Promise<unknown>;
}
