/** Logic that is exchanged while the app runs. */
export interface Scripts extends AsyncDisposable {
  /** True when the scripts loaded now define this hook. */
  has(hook: string): boolean;
  /**
   * Calls a hook with plain values and gives its result. Rejects with UNIMPLEMENTED when there is none, with
   * DEADLINE_EXCEEDED or RESOURCE_EXHAUSTED when it used up its time or memory, with INTERNAL when it failed; the
   * scripts are then still usable.
   */
  call(hook: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Loads the files anew, all or none: rejects naming file and line, and the old scripts stay. */
  reload(): Promise<void>;
}
