import { expect, test } from "vitest";
import { LeapArray } from "../stat/leap-array.ts";
import { KeyedLimits } from "./keyed-limits.ts";

test("only those that called last are known, whatever number of them calls", () => {
  const limits = new KeyedLimits(3, () => ({ passes: new LeapArray(1, 1000), limit: { check: () => undefined } }));
  const kept = limits.get("a");
  for (let index = 0; index < 1000; index++) {
    limits.get(`player ${index}`);
    expect(limits.get("a")).toBe(kept);
  }
  expect(limits.size).toBe(3);
  const again = limits.get("player 0");
  for (const key of ["b", "c", "d"]) limits.get(key);
  expect(limits.get("player 0")).not.toBe(again);
});
