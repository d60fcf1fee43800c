import { expect, test } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

test("percentiles are at most 2 % too high, whatever the latencies", () => {
  const histogram = new LatencyHistogram();
  for (let index = 1; index <= 1000; index++) histogram.add(index / 10);
  expect(histogram.count).toBe(1000);
  expect(histogram.maxMs).toBe(100);
  for (const [share, exact] of [
    [0.5, 50],
    [0.99, 99],
    [0.999, 99.9],
    [1, 100],
  ] as const) {
    expect(histogram.percentileMs(share)).toBeGreaterThanOrEqual(exact * 0.9999);
    expect(histogram.percentileMs(share)).toBeLessThanOrEqual(exact * 1.02);
  }
});

test.each([0, 0.0001, 3_600_000])("a latency of %d ms has its place", (ms) => {
  const histogram = new LatencyHistogram();
  histogram.add(ms);
  expect(histogram.percentileMs(0.5)).toBe(ms);
});

test("without latencies there are no percentiles", () => {
  expect(new LatencyHistogram().percentileMs(0.99)).toBe(0);
});
