import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { FightSideSchema } from "../gen/fight_pb.js";
import { Battle } from "./battle.ts";
import { resultOf } from "./battle-result.ts";
import { type BattleRules, damageOf, standardRules } from "./battle-rules.ts";
import { restoreBattle, saveBattle } from "./battle-state.ts";

const tickMs = 50;
const [june, mike] = [1n, 2n];

/** Sides of roles by their ids, those below 0 bots. */
function sidesOf(...sides: readonly bigint[][]) {
  return sides.map((ids) =>
    create(FightSideSchema, { members: ids.map((roleId) => ({ roleId, name: `Role${roleId}`, rating: 1000 })) }),
  );
}

function battleOf(sides: readonly bigint[][], rules: Partial<BattleRules> = {}): Battle {
  return new Battle(sidesOf(...sides), { ...standardRules, ...rules });
}

/** Two that stand side by side, or this far apart. */
function duel(rules: Partial<BattleRules> = {}, apart = 1): Battle {
  const battle = battleOf([[june], [mike]], rules);
  battle.world.set(0, { x: 20, y: 20 });
  battle.world.set(1, { x: 20 + apart, y: 20 });
  battle.show();
  return battle;
}

function run(battle: Battle, ms: number): void {
  for (let left = ms; left > 0; left -= tickMs) battle.tick(tickMs);
}

const shown = (battle: Battle, roleId: bigint) => battle.fighter(roleId)?.shown;
const attack = (sequence: number, targetId: bigint) => ({ sequence, moveX: 0, moveY: 0, targetId });
const walk = (sequence: number, moveX: number, moveY: number) => ({ sequence, moveX, moveY, targetId: 0n });

test("fighters begin on their sides, whole, and stay there", () => {
  const battle = battleOf([[june, 3n], [mike]]);
  run(battle, 500);
  expect(shown(battle, june)).toMatchObject({
    side: 0,
    hp: 100,
    maxHp: 100,
    x: expect.closeTo(6.4),
    y: expect.closeTo(19),
  });
  expect(shown(battle, 3n)).toMatchObject({ side: 0, x: expect.closeTo(6.4), y: expect.closeTo(21) });
  expect(shown(battle, mike)).toMatchObject({ side: 1, x: expect.closeTo(57.6), y: expect.closeTo(20) });
  expect(battle.fighters.map(({ changedAt }) => changedAt)).toEqual([0, 0, 0]);
});

test.each([
  ["along an axis", 1, 0],
  ["slowly", 0.5, 0],
  ["across, which is no faster", 1, 1],
])("a fighter walks %s", (_how, moveX, moveY) => {
  const battle = duel();
  expect(battle.input(june, walk(1, moveX, moveY))).toBeUndefined();
  run(battle, 1000);
  const { x = 0, y = 0 } = shown(battle, june) ?? {};
  const length = Math.min(1, Math.hypot(moveX, moveY));
  expect(Math.hypot(x - 20, y - 20)).toBeCloseTo(standardRules.speed * length);
});

test("the map ends", () => {
  const battle = duel();
  battle.input(june, walk(1, -1, -1));
  run(battle, 20_000);
  expect(shown(battle, june)).toMatchObject({ x: 0, y: 0 });
  battle.input(june, walk(2, 1, 1));
  run(battle, 20_000);
  expect(shown(battle, june)).toMatchObject({ x: expect.closeTo(64, 1), y: expect.closeTo(40, 1) });
});

test.each([
  ["of nobody here", 9n, walk(1, 1, 0), "member"],
  ["of a bot's fighter", -1n, walk(1, 1, 0), "member"],
  ["too fast", june, walk(1, 1.01, 0), "speed"],
  ["too fast the other way", june, walk(1, 0, -7), "speed"],
  ["with no number", june, walk(1, Number.NaN, 0), "speed"],
  ["without end", june, walk(1, Number.POSITIVE_INFINITY, 0), "speed"],
  ["without a number of its own", june, walk(0, 1, 0), "sequence"],
  ["against itself", june, attack(1, june), "target"],
  ["against a friend", june, attack(1, 3n), "target"],
  ["against nobody", june, attack(1, 99n), "target"],
] as const)("an input %s is refused", (_what, roleId, input, reason) => {
  const battle = battleOf([
    [june, 3n],
    [mike, -1n],
  ]);
  battle.world.set(3, { x: 1, y: 1 });
  expect(battle.input(roleId, input)).toBe(reason);
  const { x } = battle.world.now;
  const before = [...x.subarray(0, 2)];
  run(battle, 500);
  expect([...battle.world.now.x.subarray(0, 2)]).toEqual(before);
});

test("of inputs that come again or too late none is taken", () => {
  const battle = duel();
  expect(battle.input(june, walk(5, 1, 0))).toBeUndefined();
  expect(battle.input(june, walk(5, -1, 0))).toBe("sequence");
  expect(battle.input(june, walk(4, -1, 0))).toBe("sequence");
  run(battle, 500);
  expect(shown(battle, june)?.x).toBeGreaterThan(20);
});

test("an attack hits at once, then after each pause, until its target is down", () => {
  const battle = duel();
  battle.input(june, attack(1, mike));
  battle.tick(tickMs);
  expect(battle.hits).toEqual([{ sourceId: june, targetId: mike, damage: 10 }]);
  expect(shown(battle, mike)?.hp).toBe(90);
  run(battle, 450);
  expect(shown(battle, mike)?.hp).toBe(90);
  battle.tick(tickMs);
  expect(shown(battle, mike)?.hp).toBe(80);
  run(battle, 4000);
  expect(shown(battle, mike)).toMatchObject({ hp: 0, deaths: 1 });
  expect(shown(battle, june)).toMatchObject({ hp: 100, kills: 1 });
  expect(battle.sideKills).toEqual([1, 0]);
});

test("an attack from too far away is refused, and its fighter walks all the same", () => {
  const battle = duel({}, 20);
  expect(battle.input(june, { ...attack(1, mike), moveX: 1 })).toBe("range");
  run(battle, 10_000);
  expect(shown(battle, mike)?.hp).toBe(100);
  expect(shown(battle, june)?.x).toBeGreaterThan(60);
});

test("one from a little too far away waits until it reaches", () => {
  const battle = duel({}, 8);
  expect(battle.input(june, attack(1, mike))).toBeUndefined();
  run(battle, 2000);
  expect(shown(battle, mike)?.hp).toBe(100);
  battle.input(mike, walk(1, -1, 0));
  run(battle, 500);
  expect(shown(battle, mike)?.hp).toBeLessThan(100);
});

test("who is down does nothing, and comes back whole where it began", () => {
  const battle = duel({ maxHp: 10 });
  battle.input(june, attack(1, mike));
  battle.tick(tickMs);
  battle.input(mike, { sequence: 1, moveX: 1, moveY: 0, targetId: june });
  run(battle, 2950);
  expect(shown(battle, mike)).toMatchObject({ hp: 0, x: 21, y: 20 });
  expect(shown(battle, june)?.hp).toBe(10);
  battle.input(mike, walk(2, 0, 0));
  battle.tick(tickMs);
  expect(shown(battle, mike)).toMatchObject({ hp: 10, x: expect.closeTo(57.6), y: expect.closeTo(20), deaths: 1 });
});

test("two who hit each other in one tick both do", () => {
  const battle = duel({ maxHp: 10 });
  battle.input(june, attack(1, mike));
  battle.input(mike, attack(1, june));
  battle.tick(tickMs);
  expect(battle.sideKills).toEqual([1, 1]);
});

test("power helps, up to a point, and bots not at all", () => {
  const damages = (roleId: bigint) =>
    [0, 999, 1000, 5000, 1_000_000, -5].map((power) => damageOf(standardRules, { roleId, power }));
  expect(damages(june)).toEqual([10, 10, 11, 15, 20, 10]);
  expect(damages(-1n)).toEqual([7, 7, 7, 7, 7, 7]);
});

test("who stands up to a bot beats it", () => {
  const battle = battleOf([[june], [-1n]]);
  for (let sequence = 1; !battle.isOver; sequence++) {
    battle.input(june, attack(sequence, -1n));
    battle.tick(tickMs);
  }
  expect(resultOf(battle, sidesOf([june], [-1n])).winner).toBe(0);
});

test("it is over when a side has killed enough", () => {
  const battle = duel({ maxHp: 10, killsToWin: 2, respawnMs: 50 });
  battle.input(june, attack(1, mike));
  run(battle, 500);
  expect(battle.isOver).toBe(false);
  battle.world.set(1, { x: 21, y: 20 });
  run(battle, 500);
  expect(battle.isOver).toBe(true);
  expect(resultOf(battle, sidesOf([june], [mike]))).toMatchObject({
    winner: 0,
    scores: [
      { roleId: june, kills: 2, deaths: 0, ratingChange: 16, powerChange: 30 },
      { roleId: mike, kills: 0, deaths: 2, ratingChange: -16, powerChange: 10 },
    ],
  });
});

test("it is over when its time is, a draw when nobody is ahead", () => {
  const battle = duel({ durationMs: 1000 });
  run(battle, 950);
  expect(battle.isOver).toBe(false);
  battle.tick(tickMs);
  expect([battle.isOver, battle.remainingMs]).toEqual([true, 0]);
  expect(resultOf(battle, sidesOf([june], [mike]))).toMatchObject({ winner: -1, scores: [{ ratingChange: 0 }, {}] });
});

test("a bot finds its enemy and beats one that stands still", () => {
  const battle = battleOf([[june], [-1n]]);
  run(battle, 60_000);
  expect(battle.sideKills[1]).toBeGreaterThanOrEqual(2);
  expect(shown(battle, -1n)).toMatchObject({ deaths: 0 });
});

test("a battle that was moved goes on as if it had not been", () => {
  const sides = [
    [june, -2n],
    [mike, -1n],
  ];
  let moved = battleOf(sides);
  const stayed = battleOf(sides);
  for (let tick = 1; tick <= 800; tick++) {
    if (tick === 30) for (const battle of [moved, stayed]) battle.input(june, walk(1, 1, 0));
    if (tick % 100 === 0) moved = restoreBattle(sidesOf(...sides), moved.rules, saveBattle(moved));
    for (const battle of [moved, stayed]) battle.tick(tickMs);
  }
  expect(saveBattle(moved)).toEqual(saveBattle(stayed));
  expect(moved.sideKills).toEqual(stayed.sideKills);
  expect(moved.input(june, walk(1, 1, 0))).toBe("sequence");
});
