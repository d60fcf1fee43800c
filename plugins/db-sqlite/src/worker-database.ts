import { Worker } from "node:worker_threads";
import type { Logger, M3Error } from "m3game";
import { reasonError } from "m3game/internal";
import type { Batch, OpenOptions, WorkerMessage } from "./protocol.ts";
import { storeError } from "./store-error.ts";
import { TaskQueue } from "./task-queue.ts";

/** A database in a worker thread. */
export interface WorkerDatabase extends AsyncDisposable {
  readonly queue: TaskQueue;
  /** Why it takes nothing any more, undefined while it does. */
  readonly failure: M3Error | undefined;
}

// Packed, this file is JavaScript, and so is the worker's.
const program = new URL(`./sqlite-worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** Opens the file in a worker. Rejects with what is wrong with it, with nothing left behind. */
export async function openInWorker(options: OpenOptions, log: Logger): Promise<WorkerDatabase> {
  const worker = new Worker(program, { workerData: options, name: "db_sqlite", execArgv: [] });
  const opened = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  const queue = new TaskQueue((batch: Batch) => worker.postMessage(batch));
  let failure: M3Error | undefined;
  let closing: Promise<void> | undefined;

  function fail(error: M3Error): void {
    failure ??= error;
    queue.failAll(error.message);
    opened.reject(error);
  }

  async function close(): Promise<void> {
    failure ??= stopped();
    await queue.drained();
    worker.postMessage("close");
    await exited.promise;
  }

  worker.on("message", (message: WorkerMessage) => {
    if (message.kind === "open") opened.resolve();
    else if (message.kind === "failed") fail(storeError(message.problem, options.file));
    else queue.receive(message.kind, message.results);
  });
  worker.on("error", (error) => {
    log.error("the thread of the database failed", { file: options.file, error });
    fail(reasonError("PLUGIN_FAILED", `${options.file}: the thread of the database failed; restart the app`));
  });
  worker.on("exit", () => {
    fail(stopped());
    exited.resolve();
  });

  try {
    await opened.promise;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    queue,
    get failure() {
      return failure;
    },
    [Symbol.asyncDispose]: () => {
      closing ??= close();
      return closing;
    },
  };
}

function stopped(): M3Error {
  return reasonError("PLUGIN_FAILED", "db_sqlite is stopped: the app that owns it has ended");
}
