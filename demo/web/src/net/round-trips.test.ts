import { expect, test } from "vitest";
import { RoundTrips } from "./round-trips.ts";

test("draws the newest at the right, the slowest at the top", () => {
  const trips = new RoundTrips();
  for (const ms of [20, 10, 0]) trips.add(ms);
  expect(trips.last).toBe(0);
  expect(trips.points(39, 10)).toBe("37.0,0.0 38.0,5.0 39.0,10.0");
});

test("keeps the last ones", () => {
  const trips = new RoundTrips();
  for (let ms = 0; ms < 100; ms++) trips.add(ms);
  expect(trips.points(39, 10).split(" ")).toHaveLength(40);
});

test("fast ones do not look slow", () => {
  const trips = new RoundTrips();
  trips.add(1);
  expect(trips.points(39, 10)).toBe("39.0,9.0");
});
