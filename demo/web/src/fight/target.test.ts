import { expect, test } from "vitest";
import type { ShownFighter } from "./battle.ts";
import { enemyAt, inReach, pickTarget } from "./target.ts";

const fighter = (id: bigint, x: number, more: Partial<ShownFighter> = {}): ShownFighter => ({
  ...{ id, x, y: 0, name: "", side: 1, hp: 100, maxHp: 100, kills: 0, deaths: 0, heading: 0, trail: [] },
  ...more,
});

const self = fighter(1n, 0, { side: 0 });
const all = [self, fighter(2n, 1, { side: 0 }), fighter(3n, 2, { hp: 0 }), fighter(4n, 9), fighter(5n, 5)];

test("the nearest enemy that stands", () => {
  expect(pickTarget(self, all, 0n)).toBe(5n);
});

test("the chosen one, as long as it stands and is seen", () => {
  expect(pickTarget(self, all, 4n)).toBe(4n);
  expect([pickTarget(self, all, 3n), pickTarget(self, all, 77n)]).toEqual([5n, 5n]);
});

test("nobody", () => {
  expect(pickTarget(self, [self], 0n)).toBe(0n);
});

test("who is too far away is not attacked yet", () => {
  expect([inReach(self, all, 5n, 4), inReach(self, all, 4n, 4), inReach(self, all, 0n, 4)]).toEqual([5n, 0n, 0n]);
});

test("the enemy that the player points at", () => {
  expect(enemyAt({ x: 8, y: 1 }, self, all)).toBe(4n);
  expect(enemyAt({ x: 1, y: 0 }, self, [self, fighter(2n, 1, { side: 0 })])).toBeUndefined();
});
