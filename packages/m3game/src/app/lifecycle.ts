import type { Clock } from "../meta/clock.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { Logger } from "../plugin/log.ts";

/** The stages of a start, in order; a stop goes through them in reverse. */
export const Stage = {
  LOG: 1,
  RESOURCE: 2,
  METRIC: 3,
  TRACE: 4,
  SHAPE: 5,
  SCRIPT: 6,
  LEASE: 7,
  DB: 8,
  GATE: 9,
  TELEMETRY: 10,
  BROKER: 11,
  ROUTER: 12,
  TRANS: 13,
  MESH: 14,
  PROTOS: 15,
  OWNERSHIP: 16,
  ENTITIES: 17,
  ACTORS: 18,
  SESSIONS: 19,
  SERVERS: 20,
  INIT: 21,
  LISTEN: 22,
  SUBSCRIBE: 23,
  REGISTER: 24,
  CLIENTS: 25,
  READY: 26,
} as const;

export type StageName = keyof typeof Stage;

interface Undo {
  readonly stage: StageName;
  readonly run: () => PromiseLike<void>;
}

interface Limit {
  readonly stage: StageName;
  readonly action: "start" | "stop";
  readonly limitMs: number;
}

export interface LifecycleOptions {
  readonly clock: Clock;
  /** The longest one step of a stage may take, in milliseconds. */
  readonly stageTimeoutMs: number;
  /** Ends the start early. */
  readonly signal: AbortSignal | undefined;
}

/** Runs the steps of a start in the order of their stages and undoes them in reverse, each with a time limit. */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #undo: Undo[] = [];
  #reached: number = Stage.LOG;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /**
   * Runs one step of the start. `undo` gets its value when the app stops, also when a later step fails. `limitMs` is for
   * a step that may rightly take longer than others.
   */
  async step<T>(
    stage: StageName,
    start: () => Promise<T>,
    undo?: (value: T) => PromiseLike<void>,
    limitMs = this.#options.stageTimeoutMs,
  ): Promise<T> {
    if (Stage[stage] < this.#reached) throw new RangeError(`stage ${stage} comes too late`);
    this.#reached = Stage[stage];
    const { signal } = this.#options;
    if (signal?.aborted) throw startCancelled();
    const work = start();
    let value: T;
    try {
      value = await this.#withLimit({ stage, action: "start", limitMs }, work, signal);
    } catch (error) {
      // It may still come up after its time: then it goes at once, nobody else would end it.
      work.then(undo).then(undefined, () => {});
      throw error;
    }
    if (undo !== undefined) this.#undo.push({ stage, run: () => undo(value) });
    return value;
  }

  /** Undoes what was started, newest first. A step that fails or takes too long is logged and does not stop the rest. */
  async unwind(log: Logger, downTo: StageName = "LOG"): Promise<void> {
    for (
      let last = this.#undo.at(-1);
      last !== undefined && Stage[last.stage] >= Stage[downTo];
      last = this.#undo.at(-1)
    ) {
      this.#undo.pop();
      const limitMs = this.#options.stageTimeoutMs;
      try {
        await this.#withLimit({ stage: last.stage, action: "stop", limitMs }, last.run());
      } catch (error) {
        log.error("a stage did not stop cleanly", { stage: last.stage, error });
      }
    }
  }

  async #withLimit<T>({ stage, action, limitMs }: Limit, work: PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    const { clock } = this.#options;
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = clock.after(limitMs, () =>
      reject(
        reasonError(
          "START_TIMEOUT",
          `stage ${stage} did not ${action} within ${limitMs} ms; raise StageTimeoutMs in [Options.Life] if it needs longer`,
        ),
      ),
    );
    const onAbort = () => reject(startCancelled());
    signal?.addEventListener("abort", onAbort, { once: true });
    // The step itself may have aborted it before its first await.
    if (signal?.aborted) onAbort();
    try {
      return await Promise.race([work, promise]);
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function startCancelled(): M3Error {
  return reasonError("CANCELLED", "the app was stopped while it started");
}
