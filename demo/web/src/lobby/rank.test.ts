import { expect, test } from "vitest";
import { nextRank, rankOf } from "./rank.ts";

test.each([
  [1000, "Silver", "Gold", 1 / 3],
  [1100, "Gold", "Platinum", 0],
  [949, "Bronze", "Silver", 149 / 150],
  [10, "Bronze", "Silver", 0],
])("a rating of %d is %s, on its way to %s", (rating, name, next, share) => {
  expect(rankOf(rating).name).toBe(name);
  expect(nextRank(rating)?.rank.name).toBe(next);
  expect(nextRank(rating)?.share).toBeCloseTo(share);
});

test("there is nothing above the highest", () => {
  expect([rankOf(9000).name, nextRank(9000)]).toEqual(["Diamond", undefined]);
});
