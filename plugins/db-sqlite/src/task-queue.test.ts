import { isM3Error } from "m3game";
import { expect, test } from "vitest";
import type { Batch, TaskResult } from "./protocol.ts";
import { type PendingTask, TaskQueue } from "./task-queue.ts";

const raise = { kind: "epoch", lease: null } as const;
const read = { kind: "read", table: 1, key: "a", columns: "", scope: null } as const;
const done: TaskResult = { done: true };

function start() {
  const batches: Batch[] = [];
  const queue = new TaskQueue((batch) => batches.push(batch));
  const add = (task: PendingTask["task"], bytes = 100) => {
    const results: string[] = [];
    const pending: PendingTask = {
      task,
      bytes,
      state: "waiting",
      settle: (result) => results.push(isM3Error(result) ? result.reason : JSON.stringify(result)),
    };
    queue.add(pending);
    return { pending, results };
  };
  const write = (bytes?: number) => add({ write: raise }, bytes);
  return { batches, queue, write, read: () => add({ read }) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("what is asked for in one go leaves together, what comes while the worker is busy after it", async () => {
  const { batches, queue, write, read: addRead } = start();
  const first = [write(), write(), addRead()];
  await turn();
  expect(batches.map(({ reads, writes }) => [reads.length, writes.length])).toEqual([[1, 2]]);
  write();
  await turn();
  expect(batches).toHaveLength(2);
  const later = [write(), write(), write()];
  await turn();
  expect(batches).toHaveLength(2);
  queue.receive("reads", [{ row: null }]);
  expect(batches).toHaveLength(2);
  queue.receive("writes", [done, done]);
  expect(first.map(({ results }) => results.length)).toEqual([1, 1, 1]);
  expect(batches[2]?.writes).toHaveLength(3);
  expect(later.every(({ results }) => results.length === 0)).toBe(true);
});

test("a batch is bounded, a task that is larger than it goes alone", async () => {
  const { batches, write } = start();
  write(10 * 1024 * 1024);
  for (let count = 0; count < 5000; count++) write(100);
  await turn();
  expect(batches.map(({ writes }) => writes.length)).toEqual([1, Math.ceil((256 * 1024) / 100)]);
});

test("beyond its bound it takes nothing more, until something is done", async () => {
  const { queue, write } = start();
  const large = write(64 * 1024 * 1024);
  expect(write().results).toEqual(["OVERLOADED"]);
  await turn();
  expect(write().results).toEqual(["OVERLOADED"]);
  queue.receive("writes", [done]);
  expect(large.results).toHaveLength(1);
  expect(write().results).toEqual([]);
});

test("a task given up while it waits is not sent", async () => {
  const { batches, queue, write } = start();
  const { pending, results } = write(64 * 1024 * 1024);
  queue.abandon(pending, "why");
  expect(results).toEqual(["CANCELLED"]);
  await turn();
  expect(batches).toEqual([]);
  expect(write().results).toEqual([]);
});

test("of what is given up on its way a read is cancelled, a write unknown, and its answer is ignored", async () => {
  const { queue, write, read: addRead } = start();
  const tasks = [write(), addRead()];
  await turn();
  for (const { pending } of tasks) queue.abandon(pending, "why");
  queue.receive("reads", [{ row: null }]);
  queue.receive("writes", [done]);
  expect(tasks.map(({ results }) => results)).toEqual([["UNKNOWN_OUTCOME"], ["CANCELLED"]]);
});

test("when the worker fails, what was sent is unknown if it writes, what waits was not executed", async () => {
  const { queue, write, read: addRead } = start();
  const sent = [write(), addRead()];
  await turn();
  write();
  await turn();
  const waiting = write();
  queue.failAll("the thread failed");
  expect(sent.map(({ results }) => results)).toEqual([["UNKNOWN_OUTCOME"], ["PLUGIN_FAILED"]]);
  expect(waiting.results).toEqual(["PLUGIN_FAILED"]);
  await queue.drained();
});

test("it is drained once everything was answered", async () => {
  const { queue, write } = start();
  await queue.drained();
  write();
  let isDrained = false;
  const drained = queue.drained().then(() => {
    isDrained = true;
  });
  await turn();
  expect(isDrained).toBe(false);
  queue.receive("writes", [done]);
  await drained;
});
