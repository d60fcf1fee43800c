import { expect, test } from "vitest";
import { MethodStat } from "../stat/method-stat.ts";
import { WarmUp } from "./warm-up.ts";

// Warning line at 10 * 10 / 2 = 50 tokens, full at 50 + 2 * 10 * 10 / 4 = 100.
function warmUp() {
  const stat = new MethodStat();
  const allowance = new WarmUp({ threshold: 10, periodSec: 10, coldFactor: 3, window: stat.window(1000) });
  return { stat, allowance };
}

test("a method that was not asked begins with a part of the threshold", () => {
  const { allowance } = warmUp();
  // At full tokens 1 / (50 * slope + 1 / 10) with slope 2 / 10 / 50: a third of the threshold, rounded up.
  expect(allowance.at(0)).toBeCloseTo(10 / 3, 10);
  expect(allowance.at(0)).toBeGreaterThanOrEqual(1 / 0.3);
  expect(allowance.at(60_000)).toBeCloseTo(10 / 3, 10);
});

test("load warms it up second by second until the whole threshold is allowed", () => {
  const { stat, allowance } = warmUp();
  const allowed: number[] = [];
  for (let second = 0; second < 20; second++) {
    const now = second * 1000;
    allowed.push(Number(allowance.at(now).toFixed(6)));
    for (let call = 0; call < Math.floor(allowance.at(now)); call++) stat.add(now + call * 50);
  }
  expect(allowed).toEqual(allowed.toSorted((a, b) => a - b));
  expect(allowed[0]).toBe(3.333333);
  expect(allowed.at(-1)).toBe(10);
});

test("it cools down when it is asked less than a cold method may be", () => {
  const { stat, allowance } = warmUp();
  for (let second = 0; second < 29; second++) {
    allowance.at(second * 1000);
    for (let call = 0; call < 8; call++) stat.add(second * 1000 + call * 50);
  }
  expect(allowance.at(29_000)).toBeCloseTo(10, 10);
  expect(allowance.at(40_000)).toBeLessThan(9.9);
  expect(allowance.at(60_000)).toBeCloseTo(10 / 3, 10);
});
