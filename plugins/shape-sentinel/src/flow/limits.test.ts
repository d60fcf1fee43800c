import { expect, test } from "vitest";
import { MethodStat } from "../stat/method-stat.ts";
import { RejectLimit } from "./reject-limit.ts";
import { ThrottleLimit } from "./throttle-limit.ts";
import type { Limit, Verdict } from "./verdict.ts";

/** Steps such as `400P`, `499B` or `0W100`: when, and whether it passes, is blocked or waits how long. */
function steps(text: string) {
  return text.split(" ").map((step) => ({ step, at: Number.parseInt(step, 10) }));
}

function show(at: number, verdict: Verdict): string {
  if (verdict === undefined) return `${at}P`;
  return verdict.kind === "refused" ? `${at}B` : `${at}W${verdict.waitMs}`;
}

test.each([
  [3, 1000, "400P 450P 490P 499B 500B 999B 1000P 1001P 1100P 1499B 1500B 1503B"],
  [3, 1000, "900P 900P 900P 900B 1000B 1400B 1499B 1500P 1500P 1500P 1500B"],
  [3, 250, "249P 249P 249P 249B 250P 250P 250P 250B"],
  [0, 1000, "0B 5000B"],
])("%d in %d ms, the rest refused: %s", (threshold, interval, vector) => {
  // Aligned to a second, as the vectors are.
  for (const start of [0, 1_700_000_000_000]) {
    const stat = new MethodStat();
    const limit = new RejectLimit(stat.window(interval), { at: () => threshold });
    const seen = steps(vector).map(({ at }) => {
      const verdict = limit.check(start + at, 1);
      if (verdict === undefined) stat.add(start + at);
      return show(at, verdict);
    });
    expect(seen.join(" ")).toBe(vector);
  }
});

function throttle(threshold: number, statIntervalMs: number, maxQueueWaitMs: number): Limit {
  return new ThrottleLimit({ allowance: { at: () => threshold }, statIntervalMs, maxQueueWaitMs });
}

test.each([
  [10, 0, 500, "0P 0W100 0W200 0W300 0W400 0W500 0B 100W500 100B 250W450 2000P 2000W100"],
  [2, 0, 100, "0P 0B 400W100 401B"],
  [0, 0, 100, "0B"],
  [0.5, 1000, 5000, "0B 5000B"],
])("%d in %d ms (0: 1000), waiting at most %d ms: %s", (threshold, interval, wait, vector) => {
  // A start with a fraction: turns are exact all the same.
  for (const start of [0, 123_456.789_012, 86_400_000_000.1]) {
    const limit = throttle(threshold, interval, wait);
    const seen = steps(vector).map(({ at }) => show(at, limit.check(start + at, 1)));
    expect(seen.join(" ").replaceAll(/W(\d+\.\d+)/g, (_, ms) => `W${Math.round(Number(ms))}`)).toBe(vector);
  }
});

test.each([
  [0, "0B 0P 0B 0B"],
  [2000, `0B 0P ${[...Array(10).keys()].map((index) => `0W${(index + 1) * 200}`).join(" ")} 0B 0B`],
])("50 in 10 s, 51 and 50 at once and then one by one, waiting at most %d ms", (wait, vector) => {
  const limit = throttle(50, 10_000, wait);
  const seen = steps(vector).map((_, index) => show(0, limit.check(0, [51, 50][index] ?? 1)));
  expect(seen.join(" ")).toBe(vector);
});

test("a place that was left is free again unless somebody stands behind it", () => {
  const limit = throttle(10, 1000, 500);
  limit.check(0, 1);
  const first = limit.check(0, 1);
  const second = limit.check(0, 1);
  if (first?.kind !== "queued" || second?.kind !== "queued") throw new Error("both wait");
  first.leave();
  expect(show(0, limit.check(0, 1))).toBe("0W300");
  second.leave();
  expect(show(0, limit.check(0, 1))).toBe("0W400");
});

test("a refusal says when there is room again", () => {
  const limit = throttle(2, 1000, 100);
  limit.check(0, 1);
  expect(limit.check(0, 1)).toEqual({ kind: "refused", retryAfterMs: 400 });
  expect(throttle(0, 1000, 100).check(0, 1)).toEqual({ kind: "refused", retryAfterMs: undefined });
  const stat = new MethodStat();
  const reject = new RejectLimit(stat.window(1000), { at: () => 1 });
  stat.add(900);
  expect(reject.check(900, 1)).toEqual({ kind: "refused", retryAfterMs: 600 });
  expect(reject.check(900, 2)).toEqual({ kind: "refused", retryAfterMs: undefined });
});
