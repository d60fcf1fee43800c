import { expect, test } from "vitest";
import { Playback, tickMs } from "./playback.ts";

/** Hears ticks that come after these latencies, in milliseconds. */
function hear(latencies: readonly number[]): { playback: Playback; sentAt(tick: number): number } {
  const playback = new Playback();
  const sentAt = (tick: number) => 5000 + tick * tickMs;
  for (const [tick, latency] of latencies.entries()) playback.heard(tick, sentAt(tick) + latency);
  return { playback, sentAt };
}

test("shows what was two ticks ago", () => {
  const { playback, sentAt } = hear([10, 10, 10, 10]);
  expect(playback.tickAt(sentAt(3) + 10)).toBeCloseTo(1);
  expect(playback.tickAt(sentAt(3) + 10 + tickMs / 2)).toBeCloseTo(1.5);
});

test("a message that comes late hardly shifts it", () => {
  const { playback, sentAt } = hear([10, 10, 90, 10]);
  expect(playback.tickAt(sentAt(3) + 10)).toBeCloseTo(1, 1);
});

test("a server that falls behind for good is followed", () => {
  const { playback, sentAt } = hear([10, ...Array.from({ length: 400 }, () => 60)]);
  expect(playback.tickAt(sentAt(400) + 60)).toBeCloseTo(398, 1);
});

test("never goes back", () => {
  const { playback, sentAt } = hear([10]);
  const before = playback.tickAt(sentAt(10));
  for (let count = 0; count < 50; count++) playback.heard(0, sentAt(30));
  expect(playback.tickAt(sentAt(10))).toBe(before);
});

test("nothing heard: nothing to show", () => {
  expect(new Playback().tickAt(1234)).toBe(0);
});
