import { reasonError } from "m3game/internal";
import type { HookCall } from "./messages.ts";
import { type Answer, ThreadPort, type ThreadPortOptions } from "./thread-port.ts";

// A script may do some work while it is loaded, but must come to an end.
const loadTimeoutMs = 5000;

export interface ScriptThreadOptions extends ThreadPortOptions {
  /** The longest that a hook may run, in milliseconds. */
  readonly timeoutMs: number;
}

/** Says that a thread was over before it came to a call: another thread may run it. */
export const notBegun = Symbol("not begun");

/** A thread with loaded scripts. It runs one hook at a time, and is over when one of them broke a limit. */
export class ScriptThread {
  readonly hooks: ReadonlySet<string>;
  readonly #options: ScriptThreadOptions;
  readonly #worker: ThreadPort;

  private constructor(options: ScriptThreadOptions, worker: ThreadPort, hooks: readonly string[]) {
    this.#options = options;
    this.#worker = worker;
    this.hooks = new Set(hooks);
  }

  /** Loads the scripts. Rejects with CONFIG_INVALID that names file and line. */
  static async start(options: ScriptThreadOptions): Promise<ScriptThread> {
    const worker = new ThreadPort(options);
    const answer = await worker.loaded(loadTimeoutMs);
    if (answer.kind === "ready") return new ScriptThread(options, worker, answer.hooks);
    await worker.stop();
    throw reasonError("CONFIG_INVALID", loadProblem(answer, options));
  }

  get isAlive(): boolean {
    return this.#worker.isAlive;
  }

  /**
   * Runs a hook, after those that were given before. Resolves with `notBegun` when one of them has ended the thread. Rejects with
   * SCRIPT_TIMEOUT, SCRIPT_MEMORY or SCRIPT_FAILED.
   */
  async run(call: HookCall): Promise<unknown> {
    const { timeoutMs, maxMemoryMB } = this.#options;
    const answer = await this.#ask(call);
    switch (answer.kind) {
      case "not begun":
        return notBegun;
      case "done":
        return answer.value;
      case "failed":
        throw reasonError("SCRIPT_FAILED", `hook ${call.hook} failed; the log of the app says why`, {
          cause: new Error(answer.message),
        });
      case "timeout":
        await this.stop();
        throw reasonError("SCRIPT_TIMEOUT", `hook ${call.hook} ran longer than ${timeoutMs} ms`);
      case "out of memory":
        await this.stop();
        throw reasonError("SCRIPT_MEMORY", `hook ${call.hook} needed more than ${maxMemoryMB} MiB of memory`);
      default:
        throw reasonError("SCRIPT_FAILED", `hook ${call.hook} ended together with its thread`);
    }
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }

  /** Ends it when what it was given is done. */
  retire(): void {
    this.#worker.retire();
  }

  #ask(call: HookCall): Promise<Answer> {
    try {
      return this.#worker.ask(call, this.#options.timeoutMs);
    } catch (cause) {
      throw reasonError("SCRIPT_FAILED", `hook ${call.hook} takes plain values as arguments only`, { cause });
    }
  }
}

function loadProblem(answer: Answer, { sources, maxMemoryMB }: ScriptThreadOptions): string {
  const files = sources.map(({ path }) => path).join(", ");
  if (answer.kind === "refused") return answer.message;
  if (answer.kind === "timeout") return `${files}: loading took longer than ${loadTimeoutMs} ms`;
  if (answer.kind === "out of memory") return `${files}: loading needed more than ${maxMemoryMB} MiB of memory`;
  return `${files}: the thread of the scripts ended while they were loaded`;
}
