import { expect, test } from "vitest";
import { timeline } from "./timeline.ts";

test("a timeline tells of each whole second what players got, and from which app", () => {
  const call = (player: number, to: number, took: number, app?: string, failure?: string) => {
    return { player, method: "look", from: to - took, to, failure, app };
  };
  const calls = [
    call(1, 999, 5, "a"),
    ...[call(1, 1000, 1), call(1, 1500, 3), call(2, 1600, 2), call(2, 1700, 4, "b"), call(1, 1999, 200, "b")],
    ...[call(1, 2500, 9, undefined, "gone"), call(1, 4100, 1, "a")],
  ];
  const counts = [
    ["a", 2],
    [undefined, 1],
    ["b", 2],
  ] as const;
  expect(timeline(calls, 1000, 3900)).toEqual([
    { answered: new Map(counts), failed: 0, p50: 3, p99: 200 },
    { answered: new Map(), failed: 1, p50: undefined, p99: undefined },
  ]);
});
