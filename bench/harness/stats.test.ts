import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { median, percentile, summarizeLatency } from "./stats.ts";

describe("percentile", () => {
  test("takes the nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 0.999)).toBe(100);
    expect(percentile(hundred, 0)).toBe(1);
    expect(percentile(hundred, 1)).toBe(100);
  });

  test("of one value is that value, of none is NaN", () => {
    expect(percentile([7], 0.999)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test("at least the given share of the values is not above it, and it is the smallest such value", () => {
    const values = fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ noNaN: true, min: 0.001, max: 1 }), (unsorted, share) => {
        const sorted = unsorted.toSorted((a, b) => a - b);
        const found = percentile(sorted, share);
        const notAbove = sorted.filter((value) => value <= found).length;
        const below = sorted.filter((value) => value < found).length;
        expect(sorted).toContain(found);
        expect(notAbove / sorted.length).toBeGreaterThanOrEqual(share);
        expect(below / sorted.length).toBeLessThan(share);
      }),
    );
  });
});

describe("median", () => {
  test("is the middle value, or the mean of the two in the middle", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 10])).toBe(3.5);
    expect(median([10, 9])).toBe(9.5);
    expect(median([])).toBeNaN();
  });

  test("leaves its argument as it is", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

test("latency is summarised whatever its order, by number and not by text", () => {
  const latencies = Float64Array.from([100, 9, 20, 3]);
  expect(summarizeLatency(latencies)).toEqual({ p50Ms: 9, p99Ms: 100, p999Ms: 100 });
  expect([...latencies]).toEqual([100, 9, 20, 3]);
});
