import { expect, test } from "vitest";
import { growthOf } from "./growth.ts";

test("a warm-up and single high values are left aside", () => {
  expect(growthOf([1, 5, 9, 10, 10, 30, 10, 11, 10])).toBe(0);
});

test("what grows all the time shows", () => {
  expect(growthOf([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe(3);
});
