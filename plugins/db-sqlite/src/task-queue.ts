import type { M3Error } from "m3game";
import { reasonError } from "m3game/internal";
import type { Batch, QueryTask, ReadTask, TaskResult, WriteTask } from "./protocol.ts";

/** A task on its way to the worker and back. */
export interface PendingTask {
  readonly task: { readonly read: ReadTask | QueryTask } | { readonly write: WriteTask };
  /** Roughly its size in bytes. */
  readonly bytes: number;
  /** Called once, with what the worker says, or with why it never will. */
  readonly settle: (result: TaskResult | M3Error) => void;
  state: "waiting" | "sent" | "settled";
}

interface SentBatch {
  readonly reads: readonly PendingTask[];
  readonly writes: readonly PendingTask[];
  parts: number;
}

/** How much may wait for the worker. */
const maxQueuedBytes = 64 * 1024 * 1024;
/** How much goes to the worker at once: what is one transaction, and what the main thread hands over without a pause. */
const maxBatchBytes = 256 * 1024;
/** One that the worker executes and one that waits for it, so that it never idles. */
const maxSentBatches = 2;

/** Gathers tasks while the worker is busy, and hands them over in batches. */
export class TaskQueue {
  readonly #post: (batch: Batch) => void;
  readonly #sent: SentBatch[] = [];
  #waiting: PendingTask[] = [];
  #bytes = 0;
  #isScheduled = false;
  #onIdle: (() => void) | undefined;

  constructor(post: (batch: Batch) => void) {
    this.#post = post;
  }

  /** Takes the task on, or settles it with OVERLOADED. */
  add(task: PendingTask): void {
    if (this.#bytes >= maxQueuedBytes) {
      task.state = "settled";
      task.settle(reasonError("OVERLOADED", "too much waits for the database: write less, or more slowly"));
      return;
    }
    this.#bytes += task.bytes;
    this.#waiting.push(task);
    if (this.#isScheduled || this.#sent.length >= maxSentBatches) return;
    this.#isScheduled = true;
    // What is asked for in one go leaves together.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  /** Gives a task up: what has not left is not executed. */
  abandon(task: PendingTask, cause: unknown): void {
    const isWaiting = task.state === "waiting";
    if (isWaiting || "read" in task.task) {
      settle(task, reasonError("CANCELLED", "given up before it was done", { notExecuted: isWaiting, cause }));
    } else {
      settle(task, reasonError("UNKNOWN_OUTCOME", "given up while it was written", { cause }));
    }
  }

  /** Takes what the worker says of the reads or the writes of the oldest batch. */
  receive(kind: "reads" | "writes", results: readonly TaskResult[]): void {
    const [batch] = this.#sent;
    if (batch === undefined) throw new Error("the worker answered a batch that was not sent");
    batch.parts -= 1;
    if (batch.parts === 0) this.#sent.shift();
    for (const [index, task] of batch[kind].entries()) {
      this.#bytes -= task.bytes;
      const result = results[index];
      if (result === undefined) throw new Error("the worker left a task without an answer");
      settle(task, result);
    }
    this.#send();
    if (this.#isIdle) this.#onIdle?.();
  }

  /** Settles everything, after the worker has failed. */
  failAll(text: string): void {
    for (const { reads, writes } of this.#sent.splice(0)) {
      for (const task of reads) settle(task, reasonError("PLUGIN_FAILED", text));
      for (const task of writes) settle(task, reasonError("UNKNOWN_OUTCOME", text));
    }
    for (const task of this.#waiting.splice(0)) settle(task, reasonError("PLUGIN_FAILED", text, { notExecuted: true }));
    this.#onIdle?.();
  }

  /** Resolves once nothing waits and nothing is on its way. */
  async drained(): Promise<void> {
    if (this.#isIdle) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    await promise;
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#sent.length === 0;
  }

  #send(): void {
    while (this.#waiting.length > 0 && this.#sent.length < maxSentBatches) {
      const tasks = this.#takeBatch();
      if (tasks.length === 0) continue;
      const reads: PendingTask[] = [];
      const writes: PendingTask[] = [];
      const batch = { reads: [] as (ReadTask | QueryTask)[], writes: [] as WriteTask[] };
      for (const pending of tasks) {
        pending.state = "sent";
        if ("read" in pending.task) {
          reads.push(pending);
          batch.reads.push(pending.task.read);
        } else {
          writes.push(pending);
          batch.writes.push(pending.task.write);
        }
      }
      this.#sent.push({ reads, writes, parts: Number(reads.length > 0) + Number(writes.length > 0) });
      this.#post(batch);
    }
  }

  #takeBatch(): readonly PendingTask[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && bytes < maxBatchBytes) {
      bytes += this.#waiting[count]?.bytes ?? 0;
      count += 1;
    }
    const taken = this.#waiting.splice(0, count);
    for (const { state, bytes: size } of taken) if (state === "settled") this.#bytes -= size;
    return taken.filter(({ state }) => state === "waiting");
  }
}

function settle(task: PendingTask, result: TaskResult | M3Error): void {
  if (task.state === "settled") return;
  task.state = "settled";
  task.settle(result);
}
