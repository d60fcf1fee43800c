import { describe, expect, test } from "vitest";
import type { CommittedWrite } from "../run/write-log.ts";
import { checkWrites } from "./check-writes.ts";

function write(version: number, changes: Partial<CommittedWrite> = {}): CommittedWrite {
  const start = { actor: "c1", count: version, later: 0, coins: 0, add_op: `op-${version}`, owner: "a" };
  return { ...start, version, epoch: 1, counter: 5, ...changes };
}

describe("the writes of a counter", () => {
  test("follow on each other, one owner after the other", () => {
    const next = { owner: "b", counter: 6 };
    expect(
      checkWrites([write(1), write(2), write(3, next), write(4, { ...next, epoch: 2, counter: 1, owner: "c" })]),
    ).toEqual([]);
  });

  test.each<[string, CommittedWrite, string]>([
    ["a version that is missing", write(3), "follows on version 1"],
    ["a fence that goes back", write(2, { owner: "b", counter: 4 }), "the fence went back from (1, 5) to (1, 4)"],
    ["an owner with two fences", write(2, { counter: 6 }), "one owner wrote under two fences, (1, 5) to (1, 6)"],
    ["a number that goes back", write(2, { count: 0 }), "count went back from 1 to 0"],
    ["no fence", write(2, { epoch: null, owner: "b" }), "was written without a fence"],
  ])("show %s", (_name, second, problem) => {
    expect(checkWrites([write(1), second])).toContainEqual(expect.stringContaining(problem));
  });

  test("show an owner that comes back, and an add that ran twice", () => {
    const next = { owner: "b", counter: 6 };
    expect(checkWrites([write(1), write(2, next), write(3, { counter: 7 })])).toContainEqual(
      expect.stringContaining("its owner wrote again after another one had"),
    );
    expect(checkWrites([write(1), write(2, next), write(3, { ...next, add_op: "op-1" })])).toEqual([
      expect.stringContaining("add op-1 was written twice"),
    ]);
  });
});
