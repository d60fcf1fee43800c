import { expect, test } from "vitest";
import { Track } from "./track.ts";

test("between two ticks somebody is on the line between their places", () => {
  const track = new Track(10, { x: 0, y: 100 });
  track.add(11, { x: 10, y: 80 });
  expect(track.at(10.5)).toEqual({ x: 5, y: 90 });
  expect([track.at(10).x, track.at(11).x]).toEqual([0, 10]);
});

test("before the first place and after the last one it stands still", () => {
  const track = new Track(10, { x: 1, y: 2 });
  track.add(11, { x: 3, y: 4 });
  expect(track.at(5)).toMatchObject({ x: 1, y: 2 });
  expect(track.at(99)).toMatchObject({ x: 3, y: 4 });
});

test("one of whom nothing was told stood still until the tick before it moved", () => {
  const track = new Track(10, { x: 0, y: 0 });
  track.add(30, { x: 10, y: 0 });
  expect([track.at(20).x, track.at(29).x, track.at(29.5).x]).toEqual([0, 0, 5]);
});

test("a place that comes late changes nothing", () => {
  const track = new Track(10, { x: 0, y: 0 });
  track.add(11, { x: 5, y: 0 });
  track.add(11, { x: 99, y: 0 });
  track.add(9, { x: 99, y: 0 });
  expect(track.at(11).x).toBe(5);
});

test("one who jumps does not slide there", () => {
  const track = new Track(10, { x: 0, y: 0 });
  track.jump(11, { x: 100, y: 0 });
  expect(track.at(10.5).x).toBe(100);
});

test("it remembers enough, however long a fight is", () => {
  const track = new Track(0, { x: 0, y: 0 });
  for (let tick = 1; tick <= 1000; tick++) track.add(tick, { x: tick, y: 0 });
  expect(track.at(990.5).x).toBe(990.5);
});

test("it knows where somebody goes, and when nowhere", () => {
  const track = new Track(10, { x: 0, y: 0 });
  track.add(11, { x: 0, y: 5 });
  expect(track.headingAt(11)).toBeCloseTo(Math.PI / 2);
  expect([track.headingAt(10), track.headingAt(13)]).toEqual([undefined, undefined]);
});
