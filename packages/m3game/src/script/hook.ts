import type { z } from "zod";

/** What a hook is called, what it must give, and what happens without it. */
export interface HookDefinition<A extends readonly unknown[], R> {
  /** The function that scripts define, `RoleHook`. */
  readonly name: string;
  /** What the hook must give; anything else is a failure of the script. */
  readonly result: z.ZodType<R>;
  /**
   * Gives the result where no script defines the hook, and where the script fails; the log then says why.
   * @default none: the call rejects
   */
  readonly fallback?: (...args: A) => R;
}

/** A place in the game's code where scripts may decide. Made by `defineHook`. */
export interface Hook<A extends readonly unknown[], R> extends HookDefinition<A, R> {}

/**
 * Names a hook, with what it gives and what happens without it:
 * `defineHook({ name: "RoleHook", result: z.boolean(), fallback: (_roleId: bigint) => true })`.
 */
export function defineHook<A extends readonly unknown[], R>(definition: HookDefinition<A, R>): Hook<A, R> {
  return definition;
}
