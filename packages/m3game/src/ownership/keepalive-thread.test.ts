import { Received } from "@m3game/testing";
import { expect, onTestFinished, test } from "vitest";
import { KeepaliveThread } from "./keepalive-thread.ts";

type Event =
  | { readonly kind: "renewed"; readonly deadline: number }
  | { readonly kind: "lost" | "failed"; readonly why: string };

const module = new URL("../../test/support/thread-renewer.ts", import.meta.url);

function startSession(thread: KeepaliveThread, data: unknown, ttlMs = 60_000) {
  const events = new Received<Event>();
  const keepalive = thread.start({
    ...{ module, data, ttlMs, guardMs: undefined },
    events: {
      onRenewed: (deadline) => events.listener({ kind: "renewed", deadline }),
      onFailed: (why) => events.listener({ kind: "failed", why }),
      onLost: (why) => events.listener({ kind: "lost", why }),
    },
  });
  onTestFinished(() => keepalive[Symbol.asyncDispose]());
  return { keepalive, events };
}

/** Holds this thread up until `isOver`: no event, no timer. The other thread needs the processor. */
function block(isOver: () => boolean): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!isOver()) Atomics.wait(never, 0, 0, 5);
}

test("the deadline is on this thread's clock", async () => {
  const { keepalive, events } = startSession(new KeepaliveThread(), { ttlMs: 60_000 });
  const before = performance.now();
  const renewed = await events.until(({ kind }) => kind === "renewed");
  if (renewed.kind !== "renewed") throw new Error("not renewed");
  // From the moment it was sent, which was before now, less the guard.
  expect(renewed.deadline).toBeLessThanOrEqual(performance.now() + 60_000 - 6000);
  expect(renewed.deadline).toBeGreaterThan(before - 60_000);
  expect(keepalive.deadline).toBe(Math.floor(renewed.deadline));
});

test("pitfall 17: while this thread is blocked the session is renewed; blocked too long it is not", async () => {
  const counts = new Int32Array(new SharedArrayBuffer(4));
  const { keepalive, events } = startSession(new KeepaliveThread(), { ttlMs: 1500, counts }, 1500);
  await events.until(({ kind }) => kind === "renewed");
  const first = keepalive.deadline;
  block(() => performance.now() > first + 1);
  expect(keepalive.deadline).toBeGreaterThan(first);
  // Two times its time without a sign of life: renewals stop, and with them the deadline.
  block(() => performance.now() > keepalive.deadline + 1);
  const renewals = Atomics.load(counts, 0);
  const lost = await events.until(({ kind }) => kind === "lost");
  expect(lost).toEqual({ kind: "lost", why: "no renewal came through in time" });
  expect(Atomics.load(counts, 0)).toBe(renewals);
});

test("several sessions share one thread; each ends for itself", async () => {
  const thread = new KeepaliveThread();
  const [one, two] = [
    startSession(thread, { ttlMs: 60_000, id: true }),
    startSession(thread, { ttlMs: 60_000, id: true }),
  ];
  const ids = await Promise.all([one, two].map(({ events }) => events.until(({ kind }) => kind === "failed")));
  expect(ids[0]).toEqual(ids[1]);
  await one.keepalive[Symbol.asyncDispose]();
  await one.keepalive[Symbol.asyncDispose]();
  const third = startSession(thread, { ttlMs: 60_000, id: true });
  expect(await third.events.until(({ kind }) => kind === "failed")).toEqual(ids[0]);
  // Without a session there is no thread; the next session starts another one.
  await two.keepalive[Symbol.asyncDispose]();
  await third.keepalive[Symbol.asyncDispose]();
  const fourth = startSession(thread, { ttlMs: 60_000, id: true });
  expect(await fourth.events.until(({ kind }) => kind === "failed")).not.toEqual(ids[0]);
});

test("a thread that is held outlives its sessions", async () => {
  const thread = new KeepaliveThread();
  const hold = thread.hold();
  const ask = async () => {
    const { keepalive, events } = startSession(thread, { ttlMs: 60_000, id: true });
    const answer = await events.until(({ kind }) => kind === "failed");
    await keepalive[Symbol.asyncDispose]();
    return answer;
  };
  const first = await ask();
  expect(await ask()).toEqual(first);
  await hold[Symbol.asyncDispose]();
  expect(await ask()).not.toEqual(first);
});

test("a renewer that fails is told of, and asked again", async () => {
  const { events } = startSession(new KeepaliveThread(), { ttlMs: 5000, failures: 1 }, 5000);
  await events.until(({ kind }) => kind === "renewed");
  expect(events.items[0]).toEqual({ kind: "failed", why: "no connection" });
});

test("a store that says that it is over is believed", async () => {
  const { events } = startSession(new KeepaliveThread(), { ttlMs: 0 });
  expect(await events.first(1)).toEqual([{ kind: "lost", why: "the lease store says that it is over" }]);
});

test("a module that can't be imported is a loss that says why", async () => {
  const events = new Received<string>();
  const keepalive = new KeepaliveThread().start({
    ...{ module: new URL("./no-such-file.ts", import.meta.url), data: undefined, ttlMs: 1000, guardMs: undefined },
    events: { onRenewed: () => {}, onFailed: () => {}, onLost: events.listener },
  });
  onTestFinished(() => keepalive[Symbol.asyncDispose]());
  expect((await events.first(1))[0]).toContain("no-such-file");
});

test("a thread that ends takes its sessions along; the next session gets a new thread", async () => {
  const thread = new KeepaliveThread();
  const { events } = startSession(thread, { ttlMs: 60_000, exits: true });
  const lost = await events.until(({ kind }) => kind === "lost");
  expect(lost).toMatchObject({ why: expect.stringContaining("the keepalive thread ended") });
  const next = startSession(thread, { ttlMs: 60_000 });
  await next.events.until(({ kind }) => kind === "renewed");
});

test("the thread ends by itself, one that something keeps is stopped", async () => {
  const ends = new Int32Array(new SharedArrayBuffer(4));
  for (const lingers of [false, true]) {
    const { keepalive, events } = startSession(new KeepaliveThread(), { ttlMs: 60_000, ends, lingers });
    await events.until(({ kind }) => kind === "renewed");
    await keepalive[Symbol.asyncDispose]();
    expect(Atomics.load(ends, 0)).toBe(1);
  }
});
