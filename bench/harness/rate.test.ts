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

/** One each 10 ms, measured from 100 to 200 ms. */
function drive() {
  const options = { perSecond: 100, warmupMs: 100, measureMs: 100, onMeasure: () => measuring++ };
  return driveRate((done) => void underWay.push(done), options);
}

test("starts operations when they are due, also while none ends, and measures those of its time alone", async () => {
  const load = drive();
  vi.advanceTimersByTime(90);
  expect([underWay.length, measuring]).toEqual([10, 0]);
  vi.advanceTimersByTime(20);
  expect([underWay.length, measuring]).toEqual([12, 1]);
  vi.advanceTimersByTime(1000);
  expect(underWay).toHaveLength(20);
  for (const done of underWay) done();
  const { latenciesMs } = await load;
  expect([...latenciesMs]).toEqual(Array.from({ length: 10 }, (_, index) => 1010 - index * 10));
});

test("fails with the first operation that fails, and starts no more", async () => {
  const load = drive();
  vi.advanceTimersByTime(20);
  underWay[0]?.(new Error("wrong answer"));
  await expect(load).rejects.toThrow("wrong answer");
  vi.advanceTimersByTime(1000);
  expect(underWay).toHaveLength(3);
});
