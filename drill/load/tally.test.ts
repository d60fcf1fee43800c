import { GateError } from "@m3game/client";
import { describe, expect, test } from "vitest";
import { Tally } from "./tally.ts";

function setUp(windows: readonly { from: number; to: number }[] = []) {
  const lost: number[] = [];
  return { tally: new Tally("the power", { windows, onLost: (at) => lost.push(at) }), lost };
}

describe("a tally of acknowledged changes", () => {
  test("takes a change of which nobody knew whether it happened either way, once", () => {
    const { tally } = setUp();
    tally.acknowledge(1);
    tally.fail();
    tally.see(2);
    expect(() => tally.see(3)).toThrow("the power is 3, and at most 2 was ever written");
    tally.fail();
    tally.see(2);
    tally.acknowledge(3);
    expect(tally.next).toBe(4);
  });

  test("counts a change that failed as open, unless it was not executed", async () => {
    const { tally } = setUp();
    const fail = (notExecuted: boolean) => () => Promise.reject(new GateError(14, "gone", { notExecuted }));
    await tally.change(async () => 1);
    await expect(tally.change(fail(true))).rejects.toThrow("gone");
    expect(tally.next).toBe(2);
    await expect(tally.change(fail(false))).rejects.toThrow("gone");
    expect(tally.next).toBe(3);
  });

  test("finds a write that is lost, and one that happened twice", () => {
    const { tally } = setUp();
    tally.acknowledge(1);
    expect(() => tally.acknowledge(3)).toThrow("at most 1 was ever written");
    tally.acknowledge(2);
    expect(() => tally.see(1)).toThrow("the power is 1, but 2 was acknowledged: a write is lost");
  });

  test("takes the loss of what was acknowledged within a window, and tells of it", () => {
    const { tally, lost } = setUp([{ from: performance.now(), to: performance.now() + 60_000 }]);
    tally.acknowledge(1);
    tally.acknowledge(2);
    tally.see(0);
    expect(lost).toHaveLength(2);
    tally.acknowledge(1);
  });
});
