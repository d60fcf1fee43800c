import { expect, test } from "vitest";
import { Measure, percentile } from "./measure.ts";

test("a percentile is one of the values", () => {
  const values = Array.from({ length: 1000 }, (_, index) => index + 1);
  expect([50, 99, 99.9, 100].map((share) => percentile(values, share))).toEqual([500, 990, 999, 1000]);
  expect([percentile([7], 50), percentile([], 50)]).toEqual([7, 0]);
});

test("counts what ended well, and failures by kind", async () => {
  const measure = new Measure();
  await measure.count(async () => {});
  for (const what of ["no", "no", "never"]) await measure.count(() => Promise.reject(new Error(what)));
  expect(measure.failures).toBe(3);
  const [summary, , ...failures] = measure.report(500);
  expect(summary).toBe("1 done, 3 failed, 2.0 per second");
  expect(failures).toEqual(["failed 2 times: no", "failed 1 times: never"]);
});
