import { expect, test } from "vitest";
import { createManualClock } from "./manual-clock.ts";

test("tasks run in the order in which they fall due, each at its own time", () => {
  const clock = createManualClock();
  const log: string[] = [];
  const note = (name: string) => () => log.push(`${name} at ${clock.now()}`);
  clock.after(20, note("late"));
  clock.after(10, () => {
    note("early")();
    clock.after(5, note("nested"));
  });
  clock.after(10, note("second"));
  clock.after(31, note("too late"));
  clock.after(1, note("cancelled")).cancel();
  clock.advance(30);
  expect(log).toEqual(["early at 10", "second at 10", "nested at 15", "late at 20"]);
  expect(clock.now()).toBe(30);
  expect(clock.pending).toBe(1);
});
