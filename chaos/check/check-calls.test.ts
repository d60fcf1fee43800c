import { describe, expect, test } from "vitest";
import type { CallRecord } from "../cluster/messages.ts";
import type { CommittedWrite } from "../run/write-log.ts";
import { checkCalls, checkStates } from "./check-calls.ts";

const turn = { owner: "a", began: 1, ended: 2 };
const written: CommittedWrite = {
  ...{ actor: "c1", version: 1, count: 7, later: 3, coins: 10, add_op: "op", owner: "a", epoch: 1, counter: 5 },
};
const add: CallRecord = { kind: "add", actor: "c1", op: "op", answer: { turn, value: 7 } };

describe("calls", () => {
  test("that were acknowledged are written, and later writes may follow", () => {
    expect(checkCalls([add], [written, { ...written, version: 2, owner: "b" }])).toEqual([]);
  });

  test("that were acknowledged and are lost are found", () => {
    expect(checkCalls([add], [])).toEqual(["c1: add op was acknowledged and is lost"]);
    expect(checkCalls([add], [{ ...written, count: 8 }])).toEqual([expect.stringContaining("written as 8 by a")]);
    expect(checkCalls([add], [{ ...written, owner: "b" }])).toEqual([expect.stringContaining("written as 7 by b")]);
  });

  test("that failed may be written, unless they said that they did not run", () => {
    const failed: CallRecord = { kind: "add", actor: "c1", op: "op", error: "lost", notExecuted: false };
    expect(checkCalls([failed], [written])).toEqual([]);
    expect(checkCalls([{ ...failed, notExecuted: true }], [])).toEqual([]);
    expect(checkCalls([{ ...failed, notExecuted: true }], [written])).toEqual([
      "c1: add op was written, and failed as not executed: lost",
    ]);
  });
});

describe("in the end", () => {
  const state = { actor: "c1", turn, count: 7, later: 3 };

  test("each counter holds what is written, and all coins are there", () => {
    expect(checkStates([state], [written], { counters: 1, coins: 10 })).toEqual([]);
    expect(checkStates([state], [written], { counters: 1, coins: 11 })).toEqual([
      "there are 10 coins in the end, and there were 11",
    ]);
    expect(checkStates([{ ...state, later: 4 }], [written], { counters: 1, coins: 10 })).toHaveLength(1);
  });

  test("each counter answers", () => {
    expect(checkStates([], [written], { counters: 1, coins: 10 })).toEqual([
      expect.stringContaining("only 0 of 1 counters answer"),
    ]);
  });
});
