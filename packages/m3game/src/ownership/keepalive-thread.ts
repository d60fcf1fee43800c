import { Worker } from "node:worker_threads";
import { systemClock, type Timer } from "../meta/clock.ts";
import type { Keepalive, KeepaliveEvents, SessionTime } from "./keepalive.ts";
import { KeepaliveCells } from "./keepalive-cells.ts";
import type { KeepaliveCommand, KeepaliveReport } from "./keepalive-messages.ts";

// Beside this file, as source or built.
const workerFile = new URL(
  `./keepalive-worker${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
  import.meta.url,
);

/** Then a thread that something keeps from ending is stopped, in milliseconds. */
const endLimitMs = 1000;

export interface ThreadKeepaliveOptions extends SessionTime {
  readonly module: URL;
  readonly data: unknown;
  readonly events: KeepaliveEvents;
}

/**
 * Renews sessions in a thread of its own, so that a long parse or garbage collection loses nothing: make one per
 * process and hand it to all its apps. The thread runs while there is a session, so there is nothing to dispose. When
 * the main thread does nothing for twice a session's time, that session is no longer renewed.
 */
export class KeepaliveThread {
  readonly #sessions = new Map<number, ThreadSession>();
  #worker: Worker | undefined;
  #lastSession = 0;
  #holds = 0;

  /** Starts to renew a session. The deadlines are on the machine's monotonic clock. */
  start(options: ThreadKeepaliveOptions): Keepalive {
    this.#worker ??= this.#startWorker();
    const id = ++this.#lastSession;
    const session = new ThreadSession(options, async () => {
      this.#send({ kind: "stop", session: id });
      await session.stopped;
      this.#sessions.delete(id);
      await this.#endIfIdle();
    });
    this.#sessions.set(id, session);
    const { module, data, ttlMs, guardMs } = options;
    const { cells } = session;
    this.#send({
      ...{ kind: "start", session: id, module: module.href, data, ttlMs, guardMs },
      ...{ cells: cells.buffer, stallMs: ttlMs * 2 },
    });
    return session;
  }

  /** Keeps the thread between two sessions too, until the result is disposed: one that has to be started may be too slow. */
  hold(): AsyncDisposable {
    this.#holds++;
    return {
      [Symbol.asyncDispose]: () => {
        this.#holds--;
        return this.#endIfIdle();
      },
    };
  }

  #send(command: KeepaliveCommand): void {
    this.#worker?.postMessage(command);
  }

  #startWorker(): Worker {
    const worker = new Worker(workerFile);
    worker.unref();
    worker.on("message", (report: KeepaliveReport) => this.#sessions.get(report.session)?.take(report));
    worker.on("error", (error) => this.#workerEnded(worker, String(error)));
    worker.on("exit", () => this.#workerEnded(worker, "it exited"));
    return worker;
  }

  /** Its sessions run out; the next one that is started gets a new thread. */
  #workerEnded(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const ended = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of ended) session.threadEnded(why);
  }

  async #endIfIdle(): Promise<void> {
    if (this.#sessions.size > 0 || this.#holds > 0) return;
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) await endThread(worker);
  }
}

/** Stopping a thread from outside in the middle of what it closes could end the whole process: it ends by itself, if it can. */
async function endThread(worker: Worker): Promise<void> {
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  const limit = systemClock.after(endLimitMs, () => void worker.terminate());
  worker.ref();
  worker.postMessage({ kind: "end" } satisfies KeepaliveCommand);
  await exited;
  limit.cancel();
}

class ThreadSession implements Keepalive {
  readonly cells = new KeepaliveCells();
  readonly stopped: Promise<void>;
  readonly #resolveStopped: () => void;
  readonly #options: ThreadKeepaliveOptions;
  readonly #stop: () => Promise<void>;
  #heartbeat: Timer | undefined;
  #ended = false;
  #disposal: Promise<void> | undefined;

  constructor(options: ThreadKeepaliveOptions, stop: () => Promise<void>) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    this.#resolveStopped = resolve;
    this.#options = options;
    this.#stop = stop;
    this.#beat();
  }

  get deadline(): number {
    return this.cells.deadline || Number.NEGATIVE_INFINITY;
  }

  take(report: KeepaliveReport): void {
    const { events } = this.#options;
    if (report.kind === "stopped") this.#resolveStopped();
    if (this.#ended) return;
    if (report.kind === "renewed") events.onRenewed(report.deadline);
    if (report.kind === "failed") events.onFailed(report.problem);
    if (report.kind === "lost") {
      this.#end();
      events.onLost(report.why);
    }
  }

  threadEnded(why: string): void {
    this.#resolveStopped();
    if (this.#ended) return;
    this.#end();
    this.#options.events.onLost(`the keepalive thread ended: ${why}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    this.#disposal ??= this.#stop();
    return this.#disposal;
  }

  #end(): void {
    this.#ended = true;
    this.#heartbeat?.cancel();
  }

  #beat(): void {
    this.cells.heartbeat = systemClock.now();
    this.#heartbeat = systemClock.after(this.#options.ttlMs / 10, () => this.#beat());
  }
}
