import { Worker } from "node:worker_threads";
import { CellRunner, type UpdateCell } from "./cell.ts";
import type { Fields } from "./columns.ts";
import type { CellEvents, WorkerReply, WorkerStart, WorkerTick } from "./parallel-messages.ts";
import { Plane } from "./plane.ts";
import { runCells } from "./run-cells.ts";
import type { Resolve } from "./world.ts";
import type { WorldSize } from "./world-state.ts";

/** What a world is, and which threads move it on. */
export interface ParallelWorldOptions<F extends Fields, E> extends WorldSize<F> {
  /** A module that exports the parallel phase as `update`, an `UpdateCell`: each thread imports it for itself. */
  readonly module: URL;
  /** Threads beside this one, which takes part. @default 1 */
  readonly workers?: number;
  /** The serial phase, in this thread. What cells emit must be cloneable. @default nothing is settled */
  readonly resolve?: Resolve<F, E>;
}

/**
 * A world whose parallel phase runs in several threads at once, over shared memory; a tick gives the same result as that of
 * a `World`. A tick costs about a tenth of a millisecond of messages: it pays where the phase takes several
 * milliseconds and the machine has cores to spare, and not otherwise.
 */
export class ParallelWorld<F extends Fields = Record<never, never>, E = never> extends Plane<F> {
  readonly #workers: readonly Worker[];
  readonly #runner: CellRunner<F, E>;
  readonly #nextCell: Int32Array;
  readonly #resolve: Resolve<F, E> | undefined;
  #isSwapped = false;

  private constructor(options: ParallelWorldOptions<F, E>, update: UpdateCell<F, E>) {
    super(options);
    this.#runner = new CellRunner(this.state, update);
    this.#resolve = options.resolve;
    this.#nextCell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const start: WorkerStart = { memory: this.state.memory, module: options.module.href, nextCell: this.#nextCell };
    const file = new URL(import.meta.url.endsWith(".ts") ? "world-worker.ts" : "world-worker.js", import.meta.url);
    this.#workers = Array.from({ length: options.workers ?? 1 }, () => new Worker(file, { workerData: start }));
  }

  /** Resolves when all threads are there. Rejects with what kept one from starting; none is left then. */
  static async create<F extends Fields = Record<never, never>, E = never>(
    options: ParallelWorldOptions<F, E>,
  ): Promise<ParallelWorld<F, E>> {
    const { update }: { update: UpdateCell<F, E> } = await import(options.module.href);
    const world = new ParallelWorld(options, update);
    try {
      await Promise.all(world.#workers.map((worker) => nextReply<E>(worker)));
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /**
   * Moves the world on; the entities must be left alone until it resolves. Rejects with what `update` or `resolve` threw, which
   * leaves the world in between: dispose it then.
   */
  async tick(deltaMs: number): Promise<void> {
    this.beginTick();
    Atomics.store(this.#nextCell, 0, 0);
    const tick: WorkerTick = { deltaMs, isSwapped: this.#isSwapped };
    const replies = Promise.all(
      this.#workers.map((worker) => {
        const reply = nextReply<E>(worker);
        worker.postMessage(tick);
        return reply;
      }),
    );
    // This thread may throw before it waits for them.
    replies.catch(() => {});
    this.#runner.begin(deltaMs);
    const own = runCells(this.#runner, this.#nextCell, this.state.index.cellCount);
    const emitted = [own, ...(await replies)].flat().sort((a, b) => a.cell - b.cell);
    this.#resolve?.(
      this,
      emitted.flatMap(({ events }) => events),
      deltaMs,
    );
    this.#isSwapped = !this.#isSwapped;
    this.endTick();
  }

  /** Ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** What the worker answers next. Rejects when it failed or ended. */
function nextReply<E>(worker: Worker): Promise<readonly CellEvents<E>[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly CellEvents<E>[]>();
  const onMessage = (reply: WorkerReply<E>): void => {
    if (reply.kind === "failed") reject(reply.error);
    else resolve(reply.kind === "done" ? reply.emitted : []);
  };
  const onExit = (): void => reject(new Error("a thread of the world has ended"));
  worker.once("message", onMessage).once("error", reject).once("exit", onExit);
  const forget = (): void => void worker.off("message", onMessage).off("error", reject).off("exit", onExit);
  promise.then(forget, forget);
  return promise;
}
