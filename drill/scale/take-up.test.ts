import { expect, test } from "vitest";
import type { LoggedCall } from "../load/call-log.ts";
import { takeUpMs } from "./take-up.ts";

function call(player: number, to: number, app?: string): LoggedCall {
  return { player, method: "look", from: to - 1, to, failure: undefined, app };
}

test("an app has taken its load up when it serves nine of ten of the players that stay with it", () => {
  const came = Array.from({ length: 10 }, (_, player) => [call(player, 50, "old"), call(player, 100 + player, "new")]);
  const calls = [
    ...came.flat(),
    // One that went on to another app, and one that never came.
    ...[call(10, 101, "new"), call(10, 102, "old"), call(11, 103, "old")],
    ...[call(9, 110), call(0, 500, "old")],
  ];
  expect(takeUpMs(calls, "new", 100, 200)).toBe(8);
  expect(takeUpMs(calls, "new", 105, 200)).toBe(3);
  expect(takeUpMs(calls, "newer", 100, 200)).toBeUndefined();
});
