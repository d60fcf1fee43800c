import { createManualClock } from "@m3game/testing";
import { expect, test } from "vitest";
import { settle } from "../../test/support/lease-world.ts";
import { guardOf } from "./keepalive.ts";
import { KeepaliveLoop } from "./keepalive-loop.ts";

const ttlMs = 12_000;
const guardMs = 1200;

function startLoop() {
  const clock = createManualClock();
  const asked: { readonly signal: AbortSignal; answer(ttl: number): void; fail(error: Error): void }[] = [];
  const told: string[] = [];
  const main = { works: true };
  const loop = KeepaliveLoop.start({
    ...{ clock, ttlMs, guardMs: undefined, mayRenew: () => main.works },
    renewer: {
      renew(signal) {
        const { promise, resolve, reject } = Promise.withResolvers<number>();
        asked.push({ signal, answer: resolve, fail: reject });
        return promise;
      },
      [Symbol.asyncDispose]: async () => void told.push("closed"),
    },
    events: {
      onRenewed: (deadline) => told.push(`renewed ${deadline}`),
      onFailed: (problem) => told.push(`failed: ${problem}`),
      onLost: (why) => told.push(`lost: ${why}`),
    },
  });
  const advance = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  const answer = async (ttl: number) => {
    asked.at(-1)?.answer(ttl);
    await settle();
  };
  return { clock, asked, told, main, loop, advance, answer };
}

test.each([
  [{ ttlMs: 60_000, guardMs: undefined }, 6000],
  [{ ttlMs: 10_000, guardMs: undefined }, 1000],
  [{ ttlMs: 2000, guardMs: undefined }, 500],
  [{ ttlMs: 10_000, guardMs: 3000 }, 3000],
  [{ ttlMs: 2000, guardMs: 3000 }, 1000],
])("the guard of %j is %d ms", (time, expected) => {
  expect(guardOf(time)).toBe(expected);
});

test("the deadline counts from the moment a renewal was sent, not from its answer", async () => {
  const { loop, told, advance, answer } = startLoop();
  expect(loop.deadline).toBe(Number.NEGATIVE_INFINITY);
  await advance(3500);
  await answer(ttlMs);
  expect(told).toEqual([`renewed ${ttlMs - guardMs}`]);
  expect(loop.deadline).toBe(ttlMs - guardMs);
});

test("the time that the store granted counts, not the one that was asked for", async () => {
  const { loop, asked, advance, answer } = startLoop();
  await answer(20_000);
  expect(loop.deadline).toBe(20_000 - 2000);
  await advance(4999);
  expect(asked).toHaveLength(1);
  await advance(1);
  expect(asked).toHaveLength(2);
});

test("it renews four times within the session's time, one attempt at a time", async () => {
  const { asked, advance, answer } = startLoop();
  for (let count = 1; count <= 5; count++) {
    expect(asked).toHaveLength(count);
    await advance(2999);
    expect(asked).toHaveLength(count);
    await answer(ttlMs);
    await advance(1);
  }
});

test("an attempt is given up after a third of the time, and the next one follows", async () => {
  const { asked, told, advance } = startLoop();
  await advance(3999);
  expect(asked[0]?.signal.aborted).toBe(false);
  await advance(1);
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(told).toEqual(["failed: no answer for 4000 ms"]);
  await advance(600);
  expect(asked).toHaveLength(2);
});

test("an answer that comes after the attempt was given up extends nothing", async () => {
  const { loop, asked, advance, answer } = startLoop();
  await answer(ttlMs);
  await advance(3000);
  await advance(4000);
  asked[1]?.answer(ttlMs);
  await settle();
  expect(loop.deadline).toBe(ttlMs - guardMs);
});

test("a failed attempt is followed by another", async () => {
  const { loop, asked, told, advance, answer } = startLoop();
  asked[0]?.fail(new Error("connection refused"));
  await settle();
  await advance(600);
  await answer(ttlMs);
  expect(told).toEqual(["failed: connection refused", `renewed ${600 + ttlMs - guardMs}`]);
  expect(loop.deadline).toBe(600 + ttlMs - guardMs);
});

test("after a pause beyond the deadline a good answer is too late", async () => {
  const { asked, told, clock, advance, answer } = startLoop();
  await answer(ttlMs);
  await advance(3000);
  expect(asked).toHaveLength(2);
  // Time passes and no timer runs: a process that is stopped.
  const pausedAt = clock.now();
  Object.assign(clock, { now: () => pausedAt + ttlMs });
  await answer(ttlMs);
  expect(told).toEqual([`renewed ${ttlMs - guardMs}`, "lost: no renewal came through in time"]);
});

test("it is lost when the store says that it is over, and asks no more", async () => {
  const { asked, told, clock, advance, answer } = startLoop();
  await answer(ttlMs);
  await advance(3000);
  await answer(0);
  expect(told.at(-1)).toBe("lost: the lease store says that it is over");
  expect(clock.pending).toBe(0);
  expect(asked).toHaveLength(2);
});

test("it is lost when no attempt ever succeeds", async () => {
  const { told, advance } = startLoop();
  for (let step = 0; step < 30; step++) await advance(500);
  expect(told.at(-1)).toBe("lost: no renewal came through in time");
});

test("it does not renew for a main thread that is stuck, and goes on when that works again", async () => {
  const { asked, main, advance, answer, told } = startLoop();
  await answer(ttlMs);
  main.works = false;
  for (let step = 0; step < 10; step++) await advance(600);
  expect(asked).toHaveLength(1);
  main.works = true;
  await advance(600);
  await answer(ttlMs);
  expect(told).toHaveLength(2);
  main.works = false;
  for (let step = 0; step < 30; step++) await advance(600);
  expect(told.at(-1)).toBe("lost: no renewal came through in time");
});

test("disposing ends the attempt and closes the connection; nothing is told any more", async () => {
  const { asked, told, clock, loop, answer } = startLoop();
  await loop[Symbol.asyncDispose]();
  expect(asked[0]?.signal.aborted).toBe(true);
  await answer(ttlMs);
  expect(told).toEqual(["closed"]);
  expect(clock.pending).toBe(0);
});
