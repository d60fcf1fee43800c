import { reasonError } from "../meta/error.ts";
import type { Logger } from "../plugin/log.ts";
import type { Scripts } from "../plugin/script.ts";
import type { Hook } from "./hook.ts";
import type { Hooks } from "./hooks.ts";

export interface ScriptHooksOptions {
  /** The script plugins of the app that have started: the first that defines a hook runs it. */
  readonly scripts: () => readonly Scripts[];
  readonly log: () => Logger;
}

/** The hooks of one app. */
export class ScriptHooks implements Hooks {
  readonly #options: ScriptHooksOptions;

  constructor(options: ScriptHooksOptions) {
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  call<A extends readonly unknown[], R>(hook: Hook<A, R>, ...args: A): Promise<R>;
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
  call(hook: string | Hook<readonly unknown[], unknown>, ...args: readonly unknown[]): Promise<unknown> {
    return typeof hook === "string" ? this.#run(hook, args) : this.#runDefined(hook, args);
  }

  async #run(name: string, args: readonly unknown[]): Promise<unknown> {
    const scripts = this.#find(name);
    if (scripts === undefined) throw reasonError("NO_HOOK", `no script defines the hook ${name}`);
    return scripts.call(name, ...args);
  }

  async #runDefined(hook: Hook<readonly unknown[], unknown>, args: readonly unknown[]): Promise<unknown> {
    const { name, fallback, result } = hook;
    if (fallback !== undefined && !this.has(name)) return fallback(...args);
    try {
      return checkResult(name, result, await this.#run(name, args));
    } catch (error) {
      if (fallback === undefined) throw error;
      this.#options.log().warn("a hook failed, its fallback is taken", { hook: name, error });
      return fallback(...args);
    }
  }

  #find(name: string): Scripts | undefined {
    return this.#options.scripts().find((scripts) => scripts.has(name));
  }
}

function checkResult(name: string, schema: Hook<readonly unknown[], unknown>["result"], value: unknown): unknown {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const where = issue?.path.length ? ` at ${issue.path.join(".")}` : "";
  throw reasonError("SCRIPT_FAILED", `hook ${name} gave something else than it should${where}: ${issue?.message}`);
}
