import { expect, test } from "vitest";
import { linear, logarithmic } from "./scale.ts";

test("an axis ends at a round number", () => {
  expect(linear(437).ticks).toEqual([0, 100, 200, 300, 400, 500]);
  expect(linear(437).place(250)).toBe(0.5);
  expect(linear(61, 6).ticks).toEqual([0, 20, 40, 60, 80]);
  expect(linear(0).ticks.length).toBeGreaterThan(1);
});

test("a logarithmic axis begins at 1 and ends at a power of ten", () => {
  expect(logarithmic(340).ticks).toEqual([1, 10, 100, 1000]);
  expect(logarithmic(340).place(10)).toBeCloseTo(1 / 3);
  expect(logarithmic(340).place(0.2)).toBe(0);
  expect(logarithmic(0).ticks).toEqual([1, 10]);
});
