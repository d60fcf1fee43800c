import { expect, test } from "vitest";
import { LatencyRecorder } from "./recorder.ts";

test("keeps every value, also beyond its capacity", () => {
  const recorder = new LatencyRecorder(2);
  const expected = Array.from({ length: 5000 }, (_, index) => index / 4);
  for (const value of expected) recorder.record(value);
  expect(recorder.count).toBe(5000);
  expect([...recorder.values()]).toEqual(expected);
});

test("shows nothing that was not recorded", () => {
  const recorder = new LatencyRecorder(10);
  expect(recorder.values()).toHaveLength(0);
  recorder.record(1);
  expect([...recorder.values()]).toEqual([1]);
});
