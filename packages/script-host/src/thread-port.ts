import { Worker } from "node:worker_threads";
import type { Clock, Logger, Timer } from "m3game";
import type { HookCall, ScriptSource, WorkerMessage, WorkerSetup } from "./messages.ts";

const bytesPerMB = 1024 * 1024;

export interface ThreadPortOptions {
  /** The module that the thread runs: it calls `serveHooks`. */
  readonly module: URL;
  readonly sources: readonly ScriptSource[];
  readonly maxMemoryMB: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export type Answer =
  | Exclude<WorkerMessage, { kind: "log" }>
  | { readonly kind: "timeout" }
  | { readonly kind: "exit" }
  /** The thread was over before it came to this one. */
  | { readonly kind: "not begun" };

interface Asked {
  readonly timeoutMs: number;
  readonly resolve: (answer: Answer) => void;
}

/** The worker, and what it answers: one after another, in the order in which it was asked. */
export class ThreadPort {
  readonly #clock: Clock;
  readonly #worker: Worker;
  /** The first is what it is at. */
  #asked: Asked[] = [];
  #timer: Timer | undefined;
  #end: Answer = { kind: "exit" };
  #isRetired = false;
  #isAlive = true;

  constructor({ module, sources, maxMemoryMB, clock, log }: ThreadPortOptions) {
    const setup: WorkerSetup = { sources, maxMemoryBytes: maxMemoryMB * bytesPerMB };
    this.#clock = clock;
    this.#worker = new Worker(module, {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryMB },
    });
    this.#worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "log") log.info(message.message, { from: "script" });
      else if (message.kind === "out of memory") this.#fail(message);
      else this.#answer(message);
    });
    this.#worker.on("error", (error) => {
      if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") this.#end = { kind: "out of memory" };
      log.warn("a script thread ended", { error });
    });
    this.#worker.on("exit", () => this.#fail(this.#end));
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether it has begun to serve: resolves with `ready` or with why not. */
  loaded(timeoutMs: number): Promise<Answer> {
    return this.#wait(timeoutMs);
  }

  /**
   * Has it run a hook after those before: they are with the thread already, so it need not wait for this one between two of
   * them. Resolves with `timeout` when the hook itself takes longer than `timeoutMs`. Throws for what can't be cloned.
   */
  ask(call: HookCall, timeoutMs: number): Promise<Answer> {
    if (this.#isAlive) this.#worker.postMessage(call);
    return this.#wait(timeoutMs);
  }

  async stop(): Promise<void> {
    this.#isAlive = false;
    await this.#worker.terminate();
  }

  /** Stops it when it has answered all that it was asked. */
  retire(): void {
    this.#isRetired = true;
    this.#watchNext();
  }

  #wait(timeoutMs: number): Promise<Answer> {
    if (!this.#isAlive) return Promise.resolve({ kind: "not begun" });
    return new Promise((resolve) => {
      this.#asked.push({ timeoutMs, resolve });
      if (this.#asked.length === 1) this.#watchNext();
    });
  }

  #watchNext(): void {
    this.#timer?.cancel();
    const [first] = this.#asked;
    if (first === undefined) {
      if (this.#isRetired) void this.stop();
      return;
    }
    // When this thread was busy too, the answer may lie there already: it is taken first.
    const giveUp = () => {
      if (this.#asked[0] === first) this.#fail({ kind: "timeout" });
    };
    this.#timer = this.#clock.after(first.timeoutMs, () => setImmediate(giveUp));
  }

  #answer(answer: Answer): void {
    this.#asked.shift()?.resolve(answer);
    this.#watchNext();
  }

  /** It is over, by what it was at. */
  #fail(answer: Answer): void {
    this.#isAlive = false;
    this.#timer?.cancel();
    const [first, ...others] = this.#asked;
    this.#asked = [];
    first?.resolve(answer);
    for (const { resolve } of others) resolve({ kind: "not begun" });
  }
}
