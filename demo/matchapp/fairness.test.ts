import { RecordingMetrics } from "@m3game/testing";
import { noMetrics } from "m3game";
import { expect, test } from "vitest";
import { Fairness } from "./fairness.ts";

test("the gaps are those of matches without bots, the waits those of all tickets", () => {
  const metrics = new RecordingMetrics();
  const fairness = new Fairness(metrics);
  expect(fairness.report()).toMatchObject({ formed: 0, meanRatingGap: 0, p99WaitMs: 0 });
  fairness.add({ ratingGap: 10, waitsMs: [100, 300], hasBots: false });
  fairness.add({ ratingGap: 30, waitsMs: [200], hasBots: false });
  fairness.add({ ratingGap: 0, waitsMs: [5000], hasBots: true });
  expect(fairness.report()).toEqual({
    ...{ formed: 3, withBots: 1, meanRatingGap: 20, p99RatingGap: 30, meanWaitMs: 1400, p99WaitMs: 5000 },
  });
  expect(metrics.value("match_formed_total", { bots: "no" })).toBe(2);
  expect(metrics.value("match_formed_total", { bots: "yes" })).toBe(1);
  expect(metrics.value("match_rating_gap_count")).toBe(2);
  expect(metrics.value("match_wait_seconds_count")).toBe(4);
});

test("only the last matches count", () => {
  const fairness = new Fairness(noMetrics);
  fairness.add({ ratingGap: 1_000_000, waitsMs: [], hasBots: false });
  for (let match = 0; match < 1000; match++) fairness.add({ ratingGap: 1, waitsMs: [], hasBots: false });
  expect(fairness.report()).toMatchObject({ formed: 1001, meanRatingGap: 1 });
});
