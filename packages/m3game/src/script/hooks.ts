import type { Hook } from "./hook.ts";

/** Calls what scripts define. */
export interface Hooks {
  /** True when the scripts loaded now define this hook. */
  has(name: string): boolean;
  /**
   * Calls a hook with plain values (numbers, bigints, texts, lists, tables, messages) and gives its result. When no script
   * defines it or the script fails, the fallback gives the result; without one it rejects with NO_HOOK, SCRIPT_FAILED,
   * SCRIPT_TIMEOUT, SCRIPT_MEMORY or OVERLOADED.
   */
  call<A extends readonly unknown[], R>(hook: Hook<A, R>, ...args: A): Promise<R>;
  /** The same for a hook without a definition: nothing is known of its result, and there is no fallback. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
}
