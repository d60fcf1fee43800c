import { expect, test } from "vitest";
import { Worker } from "./worker.ts";

const fixture = new URL("fixtures/worker-fixture.mjs", import.meta.url);

type Reply = { readonly kind: "echo"; readonly text: string } | { readonly kind: "other" };

function start(): Worker<{ readonly say: string }, Reply> {
  return new Worker(fixture);
}

test("receives the reply of the kind it waits for", async () => {
  await using worker = start();
  worker.send({ say: "hello" });
  const reply = await worker.receive("echo", 10_000);
  expect(reply.text).toBe("hello");
});

test("a process that ends instead of replying fails with what it said", async () => {
  await using worker = start();
  worker.send({ say: "crash" });
  await expect(worker.receive("echo", 10_000)).rejects.toThrow(
    /worker-fixture\.mjs ended \(exit code 3\) before it sent "echo"\n.*out of order/s,
  );
});

test("a process that ends fails each reply that was waited for, and every later one at once", async () => {
  await using worker = start();
  const [first, second] = [worker.receive("echo", 10_000), worker.receive("other", 10_000)];
  worker.send({ say: "crash" });
  await expect(first).rejects.toThrow('ended (exit code 3) before it sent "echo"');
  await new Promise(setImmediate);
  await expect(second).rejects.toThrow('ended (exit code 3) before it sent "other"');
  await expect(worker.receive("echo", 2 ** 31 - 1)).rejects.toThrow("ended (exit code 3)");
});

test("a process that stays silent fails after the time limit", async () => {
  await using worker = start();
  await expect(worker.receive("echo", 20)).rejects.toThrow('sent no "echo" within 0.02 s');
});
