import { EventEmitter } from "node:events";
import { createPluginContext } from "@m3game/testing";
import { isM3Error } from "m3game";
import { beforeEach, expect, test, vi } from "vitest";
import type { PendingTask } from "./task-queue.ts";

class FakeWorker extends EventEmitter {
  static last: FakeWorker | undefined;
  readonly posted: unknown[] = [];

  constructor() {
    super();
    FakeWorker.last = this;
    queueMicrotask(() => this.emit("message", { kind: "open" }));
  }

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  async terminate(): Promise<void> {
    this.emit("exit", 1);
  }
}

vi.doMock("node:worker_threads", () => ({ Worker: FakeWorker }));
const { openInWorker } = await import("./worker-database.ts");

const options = { file: "game.sqlite", durability: "full", lockTimeoutMs: 10 } as const;

async function start() {
  const context = createPluginContext("test.world1.club.1");
  const database = await openInWorker(options, context.log);
  const worker = FakeWorker.last;
  if (worker === undefined) throw new Error("no worker was started");
  const settled = vi.fn((result: Parameters<PendingTask["settle"]>[0]) => isM3Error(result) && result.reason);
  database.queue.add({
    task: { write: { kind: "epoch", lease: null } },
    bytes: 1,
    state: "waiting",
    settle: settled,
  });
  await vi.waitUntil(() => worker.posted.length === 1, { timeout: 20_000 });
  return { context, database, worker, settled };
}

beforeEach(() => {
  FakeWorker.last = undefined;
});

test("when the thread fails, what it was writing is unknown, and nothing more is taken", async () => {
  const { context, database, worker, settled } = await start();
  worker.emit("error", new Error("out of memory"));
  worker.emit("exit", 1);
  expect(settled.mock.results.map(({ value }) => value)).toEqual(["UNKNOWN_OUTCOME"]);
  expect(database.failure).toMatchObject({ reason: "PLUGIN_FAILED", message: expect.stringContaining("game.sqlite") });
  expect(context.lines).toMatchObject([{ level: "error", fields: { file: "game.sqlite" } }]);
  await database[Symbol.asyncDispose]();
});

test("a thread that ends by itself is a failure too", async () => {
  const { database, worker, settled } = await start();
  worker.emit("exit", 0);
  expect(settled.mock.results.map(({ value }) => value)).toEqual(["UNKNOWN_OUTCOME"]);
  expect(database.failure).toBeDefined();
});

test("disposal waits for what is on its way, then closes the database and waits for its end", async () => {
  const { database, worker, settled } = await start();
  const order: string[] = [];
  const disposed = Promise.all([database[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]).then(() => {
    order.push("disposed");
  });
  expect(database.failure).toMatchObject({ reason: "PLUGIN_FAILED" });
  worker.emit("message", { kind: "writes", results: [{ epoch: 1n }] });
  expect(settled).toHaveBeenCalledOnce();
  await vi.waitUntil(() => worker.posted.at(-1) === "close", { timeout: 20_000 });
  expect(worker.posted).toHaveLength(2);
  order.push("exit");
  worker.emit("exit", 0);
  await disposed;
  expect(order).toEqual(["exit", "disposed"]);
});
