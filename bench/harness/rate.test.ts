import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { driveRate } from "./rate.ts";

type Done = (error?: unknown) => void;

let underWay: Done[] = [];
let measuring = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  underWay = [];
  measuring = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

/** One each 10 ms, measured from 1000 to 1100 ms. */
function drive() {
  const options = { perSecond: 100, warmupMs: 1000, measureMs: 100, onMeasure: () => measuring++ };
  return driveRate((done) => void underWay.push(done), options);
}

test("starts operations when they are due, also while none ends, and measures those of its time alone", async () => {
  const load = drive();
  vi.advanceTimersByTime(998);
  const warm = underWay.length;
  expect(warm).toBeGreaterThan(1);
  expect([warm < 90, measuring]).toEqual([true, 0]);
  vi.advanceTimersByTime(1000);
  expect([underWay.length <= warm + 11, measuring]).toEqual([true, 1]);
  for (const done of underWay) done();
  const { latenciesMs } = await load;
  expect(latenciesMs.length).toBeGreaterThanOrEqual(9);
  expect(latenciesMs[0]).toBeGreaterThan(900);
  for (const [index, ms] of [...latenciesMs].entries()) expect(ms).toBeCloseTo((latenciesMs[0] ?? 0) - index * 10);
});

test("fails with the first operation that fails, and starts no more", async () => {
  const load = drive();
  vi.advanceTimersByTime(1020);
  const { length } = underWay;
  underWay[0]?.(new Error("wrong answer"));
  await expect(load).rejects.toThrow("wrong answer");
  vi.advanceTimersByTime(1000);
  expect(underWay).toHaveLength(length);
});
