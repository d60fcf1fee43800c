import { create } from "@bufbuild/protobuf";
import { FightResultSchema } from "@m3game/demo/gen/fight_pb.js";
import { RoleDBSchema } from "@m3game/demo/gen/role_pb.js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FightLedger } from "./fight-ledger.ts";
import type { LossWindow } from "./losses.ts";

const role = (rating: number, power: number) => create(RoleDBSchema, { rating, power });
const won = create(FightResultSchema, { winner: 0, scores: [{ roleId: 1n, ratingChange: 16, powerChange: 30 }] });
const lost = create(FightResultSchema, { winner: 1, scores: [{ roleId: 1n, ratingChange: -16, powerChange: 10 }] });

/** A ledger of a role that has won fight "a". */
function wonOnce() {
  const windows: LossWindow[] = [];
  const losses: number[] = [];
  const ledger = new FightLedger({ windows, onLost: (at) => losses.push(at) });
  ledger.end(1n, "a", won);
  /** From now on whatever was told since may be lost. */
  const loseAll = (from = 0) => {
    windows.push({ from, to: performance.now() });
    vi.advanceTimersByTime(1);
  };
  return { ledger, losses, loseAll };
}

describe("a ledger of fights", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  test("a role has what its fights brought it, no more and no less", () => {
    const { ledger } = wonOnce();
    expect(ledger.problemOf(1n, role(1016, 30))).toBeUndefined();
    expect(ledger.problemOf(1n, role(1032, 60))).toContain("its 1 fights made that 1016 and 30");
    expect(ledger.problemOf(1n, role(1000, 0))).toContain("role 1 has rating 1000");
    expect(ledger.problemOf(1n, undefined)).toContain("role 1 has rating undefined");
  });

  test("one whose player was away may have fought more, and has lost nothing", () => {
    const { ledger } = wonOnce();
    ledger.miss(1n);
    expect(ledger.problemOf(1n, role(1000, 40))).toBeUndefined();
    expect(ledger.problemOf(1n, role(1000, 0))).toContain("role 1 has rating 1000");
  });

  test("a fight whose end nobody has heard may count, and takes nothing from the others", () => {
    const { ledger } = wonOnce();
    ledger.begin(1n, "b");
    expect(ledger.underWay).toBe(1);
    ledger.leave(1n);
    expect(ledger.underWay).toBe(0);
    expect(ledger.problemOf(1n, role(1016, 30))).toBeUndefined();
    expect(ledger.problemOf(1n, role(1000, 40))).toBeUndefined();
    expect(ledger.problemOf(1n, role(1000, 30))).toContain("role 1 has rating 1000");
    expect(ledger.problemOf(1n, role(1000, 0))).toContain("role 1 has rating 1000");
  });

  test("a fight has one result", () => {
    const { ledger } = wonOnce();
    ledger.end(2n, "a", won);
    expect(() => ledger.end(2n, "a", lost)).toThrow("fight a has two results");
    expect(ledger.ended).toBe(1);
  });

  test("what a role got while all may be lost is lost where the role does not show it, and nothing older", () => {
    const { ledger, losses, loseAll } = wonOnce();
    expect(ledger.problemOf(1n, role(1000, 0))).toContain("role 1 has rating 1000");
    loseAll();
    expect(ledger.problemOf(1n, role(1016, 30))).toBeUndefined();
    expect(losses).toHaveLength(0);
    expect(ledger.problemOf(1n, role(1000, 0))).toBeUndefined();
    expect(losses).toHaveLength(1);
    expect(ledger.ended).toBe(0);
    expect(ledger.problemOf(1n, role(1000, 0))).toBeUndefined();
    expect(losses).toHaveLength(1);
  });

  test("a fight that may be lost can be fought once more, with another end", () => {
    const { ledger, losses, loseAll } = wonOnce();
    loseAll();
    const restored = performance.now();
    expect(ledger.isOver(1n, "a")).toBe(false);
    expect(ledger.since(restored)).toEqual({ ended: 0, resumed: 0 });
    vi.advanceTimersByTime(1);
    ledger.end(1n, "a", lost);
    ledger.end(1n, "b", won);
    expect(ledger.isOver(1n, "a")).toBe(true);
    expect(ledger.since(restored)).toEqual({ ended: 2, resumed: 1 });
    expect(ledger.problemOf(1n, role(1000, 40))).toBeUndefined();
    expect(ledger.problemOf(1n, role(1032, 60))).toContain("its 2 fights made that 1000 and 40");
    expect(losses).toHaveLength(0);
  });

  test("those that ended last are lost first, whenever they began", () => {
    const { ledger, losses, loseAll } = wonOnce();
    loseAll();
    ledger.end(1n, "b", lost);
    vi.advanceTimersByTime(1);
    const from = performance.now();
    ledger.end(1n, "a", won);
    loseAll(from);
    expect(ledger.problemOf(1n, role(1016, 30))).toContain("its 2 fights made that 1000 and 40");
    expect(ledger.problemOf(1n, role(984, 10))).toBeUndefined();
    expect(losses).toEqual([from]);
  });
});
