import { expect, test } from "vitest";
import { timeline } from "./timeline.ts";

test("a timeline tells of each whole second what players got", () => {
  const call = (to: number, took: number, app: string | undefined, failure?: string) => {
    return { player: 1, method: "look", from: to - took, to, failure, app };
  };
  const calls = [
    call(999, 5, "a"),
    ...[call(1000, 1, "a"), call(1500, 3, "a"), call(1600, 200, "b"), call(1999, 2, undefined)],
    ...[call(2500, 9, undefined, "gone"), call(4100, 1, "a")],
  ];
  const counts = [
    ["a", 2],
    ["b", 1],
    [undefined, 1],
  ] as const;
  expect(timeline(calls, 1000, 3900)).toEqual([
    { answered: new Map(counts), failed: 0, p50: 2, p99: 200 },
    { answered: new Map(), failed: 1, p50: undefined, p99: undefined },
  ]);
});
