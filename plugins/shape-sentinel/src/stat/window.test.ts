import { expect, test } from "vitest";
import { LeapArray } from "./leap-array.ts";
import { MethodStat } from "./method-stat.ts";
import { PassWindow, windowShape } from "./window.ts";

test.each([
  [0, "reuse 2x500"],
  [1000, "reuse 2x500"],
  [2000, "reuse 4x500"],
  [2500, "reuse 5x500"],
  [500, "reuse 1x500"],
  [10_000, "reuse 20x500"],
  [3000, "own 6x500"],
  [700, "own 1x700"],
  [250, "own 1x250"],
  [20_000, "own 1x20000"],
])("an interval of %d ms: %s", (interval, expected) => {
  const { buckets, lengthMs, reuses } = windowShape(interval);
  expect(`${reuses ? "reuse" : "own"} ${buckets}x${lengthMs}`).toBe(expected);
});

test("a bucket is emptied when its place is needed again, and counts no longer than its window", () => {
  const counts = new LeapArray(2, 500);
  counts.add(499, 1);
  counts.add(500, 2);
  expect([counts.sum(500, 2), counts.sum(999, 1), counts.sum(1000, 2), counts.sum(1500, 2)]).toEqual([3, 2, 2, 0]);
  counts.add(1000, 5);
  expect(counts.sum(1000, 2)).toBe(7);
  counts.clear();
  expect(counts.sum(1000, 2)).toBe(0);
});

test("room comes when enough of what was counted leaves the window", () => {
  const counts = new LeapArray(20, 500);
  const window = new PassWindow(counts, 2);
  counts.add(100, 1);
  counts.add(600, 2);
  expect([1, 2, 3, 4].map((excess) => window.roomInMs(700, excess))).toEqual([300, 800, 800, undefined]);
});

test("the previous rate is that of the window as it was one bucket ago, per second", () => {
  const counts = new LeapArray(20, 500);
  counts.add(0, 3);
  counts.add(500, 4);
  counts.add(1000, 100);
  expect(new PassWindow(counts, 2).previousRate(1400)).toBe(7);
  expect(new PassWindow(counts, 4).previousRate(1400)).toBe(3.5);
});

test("a method's passes are seen in windows of every kind, also by a rule that comes later to an interval", () => {
  const stat = new MethodStat();
  const windows = [stat.window(1000), stat.window(700)];
  stat.add(600);
  expect([...windows, stat.window(700), stat.window(2000)].map((window) => window.sum(600))).toEqual([1, 1, 1, 1]);
  stat.keepOnly(new Set([1000]));
  expect(stat.window(700).sum(600)).toBe(0);
});
