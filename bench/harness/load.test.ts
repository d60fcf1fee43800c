import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { driveLoad, type LoadResult } from "./load.ts";

type Done = (error?: unknown) => void;

let now = 0;
/** Operations under way, oldest first. */
let underWay: Done[] = [];
let started = 0;
let measuring = 0;

beforeEach(() => {
  now = 0;
  underWay = [];
  started = 0;
  measuring = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});

afterEach(() => {
  vi.restoreAllMocks();
});

function drive(inFlight: number, warmupInFlight = 1): Promise<LoadResult> {
  return driveLoad(
    (done) => {
      started++;
      underWay.push(done);
    },
    { inFlight, warmupMs: 100, warmupInFlight, measureMs: 1000, onMeasure: () => measuring++ },
  );
}

/** Ends the oldest operation after `ms`. */
function endOne(ms: number, error?: unknown): void {
  now += ms;
  underWay.shift()?.(error);
}

test("keeps exactly the asked number of operations under way", async () => {
  const load = drive(3);
  expect(underWay).toHaveLength(3);
  for (let count = 0; count < 50; count++) {
    endOne(1);
    expect(underWay).toHaveLength(3);
  }
  endOne(50);
  endOne(1000);
  expect(started).toBe(3 + 51);
  await load;
});

test("says once that the warm-up is over, and counts only what ends afterwards", async () => {
  const load = drive(1);
  endOne(99);
  expect(measuring).toBe(0);
  endOne(1);
  expect(measuring).toBe(1);
  for (let count = 0; count < 10; count++) endOne(100);
  expect(measuring).toBe(1);
  const { latenciesMs, elapsedMs } = await load;
  expect([...latenciesMs]).toEqual(Array(10).fill(100));
  expect(elapsedMs).toBe(1000);
});

test("measures each operation from its own start", async () => {
  const load = drive(2);
  endOne(100);
  // Started at 0 and at 100; from here on one ends every 300 ms, so each takes 600.
  endOne(200);
  endOne(300);
  endOne(300);
  endOne(300);
  const { latenciesMs } = await load;
  expect([...latenciesMs]).toEqual([300, 500, 600, 600]);
});

test("fails with the first operation that fails, and starts no more", async () => {
  const load = drive(2);
  endOne(10);
  endOne(10, new Error("wrong answer"));
  await expect(load).rejects.toThrow("wrong answer");
  endOne(10);
  expect(started).toBe(3);
});

test("warms up with more under way, and measures once they are down to the asked number", async () => {
  const load = drive(2, 4);
  expect(underWay).toHaveLength(4);
  endOne(99);
  expect(underWay).toHaveLength(4);
  endOne(1);
  expect(underWay).toHaveLength(3);
  endOne(1);
  expect(underWay).toHaveLength(2);
  expect(measuring).toBe(0);
  endOne(1);
  expect(measuring).toBe(1);
  for (let count = 0; count < 10; count++) {
    expect(underWay).toHaveLength(2);
    endOne(100);
  }
  const { latenciesMs } = await load;
  expect(latenciesMs).toHaveLength(10);
});
