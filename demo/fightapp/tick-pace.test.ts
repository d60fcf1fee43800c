import { expect, test } from "vitest";
import { LateTicks } from "./late-ticks.ts";
import { TickPace } from "./tick-pace.ts";

const late = (times: readonly number[]) => {
  const pace = new TickPace(50);
  return times.map((time) => pace.late(time));
};

test("ticks are late by what they are behind the rate, not by what those before were", () => {
  expect(late([1000, 1050, 1107, 1150, 1203])).toEqual([0, 0, 7, 0, 3]);
});

test("one that comes early sets the pace", () => {
  expect(late([1008, 1050, 1100])).toEqual([0, 0, 0]);
});

test("ticks that were left out are not waited for", () => {
  expect(late([1000, 1320, 1370, 1420])).toEqual([0, 270, 0, 0]);
});

test("percentiles are those of the last ticks", () => {
  const ticks = new LateTicks();
  expect(ticks.percentile(0.99)).toBe(0);
  ticks.add(Array.from({ length: 100 }, (_, index) => index));
  expect([ticks.percentile(0.5), ticks.percentile(0.99)]).toEqual([50, 99]);
  ticks.add(new Array(5000).fill(1));
  expect(ticks.percentile(0.99)).toBe(1);
  ticks.clear();
  expect(ticks.percentile(0.5)).toBe(0);
});
