import { expect, test } from "vitest";
import { ratingChanges } from "./elo.ts";

test.each([
  ["equals", [1000, 1000], 0, [16, -16]],
  ["a surprise", [1000, 1400], 0, [29, -29]],
  ["what was expected", [1400, 1000], 0, [3, -3]],
  ["a draw of equals", [1000, 1000], -1, [0, 0]],
  ["a draw against a better one", [1000, 1400], -1, [13, -13]],
])("%s", (_what, ratings, winner, changes) => {
  expect(ratingChanges(ratings, winner)).toEqual(changes);
});

test("of three sides the one that wins gains, the others lose", () => {
  const [first = 0, ...others] = ratingChanges([1000, 1000, 1000], 0);
  expect(first).toBeGreaterThan(0);
  for (const change of others) expect(change).toBeLessThan(0);
});
