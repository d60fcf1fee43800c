import { Worker } from "node:worker_threads";
import type { Clock, Logger } from "m3game";
import { reasonError } from "m3game/internal";
import type { HookCall, ScriptSource, WorkerMessage, WorkerSetup } from "./messages.ts";

// A script may do some work while it is loaded, but must come to an end.
const loadTimeoutMs = 5000;
const bytesPerMB = 1024 * 1024;

export interface ScriptThreadOptions {
  /** The module that the thread runs: it calls `serveHooks`. */
  readonly module: URL;
  readonly sources: readonly ScriptSource[];
  readonly maxMemoryMB: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

type Answer = Exclude<WorkerMessage, { kind: "log" }> | { readonly kind: "timeout" } | { readonly kind: "exit" };

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
    const answer = await worker.answer(loadTimeoutMs);
    if (answer.kind === "ready") return new ScriptThread(options, worker, answer.hooks);
    await worker.stop();
    throw reasonError("CONFIG_INVALID", loadProblem(answer, options));
  }

  get isAlive(): boolean {
    return this.#worker.isAlive;
  }

  /** Runs a hook. Rejects with SCRIPT_TIMEOUT, SCRIPT_MEMORY or SCRIPT_FAILED. */
  async run(call: HookCall): Promise<unknown> {
    const { timeoutMs, maxMemoryMB } = this.#options;
    try {
      this.#worker.post(call);
    } catch (cause) {
      throw reasonError("SCRIPT_FAILED", `hook ${call.hook} takes plain values as arguments only`, { cause });
    }
    const answer = await this.#worker.answer(timeoutMs);
    switch (answer.kind) {
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
}

function loadProblem(answer: Answer, { sources, maxMemoryMB }: ScriptThreadOptions): string {
  const files = sources.map(({ path }) => path).join(", ");
  if (answer.kind === "refused") return answer.message;
  if (answer.kind === "timeout") return `${files}: loading took longer than ${loadTimeoutMs} ms`;
  if (answer.kind === "out of memory") return `${files}: loading needed more than ${maxMemoryMB} MiB of memory`;
  return `${files}: the thread of the scripts ended while they were loaded`;
}

/** The worker, and what it answers. */
class ThreadPort {
  readonly #clock: Clock;
  readonly #worker: Worker;
  #waiting: ((answer: Answer) => void) | undefined;
  #end: Answer = { kind: "exit" };
  isAlive = true;

  constructor({ module, sources, maxMemoryMB, clock, log }: ScriptThreadOptions) {
    const setup: WorkerSetup = { sources, maxMemoryBytes: maxMemoryMB * bytesPerMB };
    this.#clock = clock;
    this.#worker = new Worker(module, {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryMB },
    });
    this.#worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "log") log.info(message.message, { from: "script" });
      else this.#waiting?.(message);
    });
    this.#worker.on("error", (error) => {
      if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") this.#end = { kind: "out of memory" };
      log.warn("a script thread ended", { error });
    });
    this.#worker.on("exit", () => {
      this.isAlive = false;
      this.#waiting?.(this.#end);
    });
  }

  post(call: HookCall): void {
    this.#worker.postMessage(call);
  }

  /** The next answer; `timeout` when there is none within `timeoutMs`. */
  answer(timeoutMs: number): Promise<Answer> {
    return new Promise((resolve) => {
      // When this thread was busy too, the answer may lie there already: it is taken first.
      const timer = this.#clock.after(timeoutMs, () => setImmediate(() => settle({ kind: "timeout" })));
      const settle = (answer: Answer) => {
        timer.cancel();
        this.#waiting = undefined;
        resolve(answer);
      };
      this.#waiting = settle;
      if (!this.isAlive) settle(this.#end);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
