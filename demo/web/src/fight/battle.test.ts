import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { FightDeltaSchema, FightSnapshotSchema } from "../../../gen/fight_pb.js";
import { Battle } from "./battle.ts";

const june = { roleId: 1n, name: "June", side: 0, x: 10, y: 10, hp: 100, maxHp: 100 };
const mike = { roleId: 2n, name: "Mike", side: 1, x: 90, y: 10, hp: 100, maxHp: 100 };

function battle() {
  return new Battle(
    create(FightSnapshotSchema, {
      tick: 100,
      width: 100,
      height: 50,
      remainingMs: 30_000,
      fighters: [june, mike],
      sideKills: [0, 0],
    }),
  );
}

const delta = (fields: MessageInitShape<typeof FightDeltaSchema>) => create(FightDeltaSchema, fields);
const shown = (fight: Battle, id: bigint) => fight.fighters.find((fighter) => fighter.id === id);

test("moves fighters smoothly, and shows hits when their tick is shown", () => {
  const fight = battle();
  const hit = { sourceId: 1n, targetId: 2n, damage: 30 };
  fight.apply(delta({ tick: 101, remainingMs: 29_950, fighters: [{ ...june, x: 20 }] }));
  fight.apply(delta({ tick: 102, remainingMs: 29_900, fighters: [{ ...mike, hp: 70 }], hits: [hit] }));
  expect(fight.advance(100.5).hits).toEqual([]);
  expect([shown(fight, 1n)?.x, shown(fight, 2n)?.hp]).toEqual([15, 100]);
  expect(fight.advance(102).hits).toMatchObject([hit]);
  expect(shown(fight, 2n)?.hp).toBe(70);
  expect(fight.advance(103).hits).toEqual([]);
});

test("a fighter faces the middle until it goes somewhere, and then that way", () => {
  const fight = battle();
  const heading = () => shown(fight, 2n)?.heading;
  expect(Math.cos(heading() ?? 0)).toBeLessThan(0);
  fight.apply(delta({ tick: 101, fighters: [{ ...mike, x: 95 }] }));
  fight.advance(101);
  expect(heading()).toBe(0);
  fight.advance(110);
  expect(heading()).toBe(0);
});

test("who falls is told once, and is somewhere else when it is back", () => {
  const fight = battle();
  fight.apply(delta({ tick: 101, fighters: [{ ...mike, hp: 0, deaths: 1 }] }));
  fight.apply(delta({ tick: 102, fighters: [{ ...mike, hp: 100, deaths: 1, x: 5 }] }));
  expect(fight.advance(101).fallen).toEqual([2n]);
  expect(fight.advance(102).fallen).toEqual([]);
  expect(shown(fight, 2n)).toMatchObject({ x: 5, hp: 100, deaths: 1 });
});

test("fighters come into sight and go out of it", () => {
  const fight = battle();
  fight.apply(delta({ tick: 101, left: [2n] }));
  fight.apply(delta({ tick: 110, fighters: [{ ...mike, x: 50 }] }));
  fight.advance(105);
  expect(fight.fighters.map(({ id }) => id)).toEqual([1n]);
  fight.advance(110);
  expect(shown(fight, 2n)?.x).toBe(50);
});

test("the time that remains runs between messages", () => {
  const fight = battle();
  fight.advance(100);
  expect(fight.remainingMs).toBe(30_000);
  fight.advance(110);
  expect(fight.remainingMs).toBe(29_500);
  fight.apply(delta({ tick: 120, remainingMs: 100 }));
  fight.advance(140);
  expect(fight.remainingMs).toBe(0);
});

test("what a delta that was left out has told comes with the next snapshot", () => {
  const fight = battle();
  fight.correct(
    create(FightSnapshotSchema, { tick: 120, remainingMs: 29_000, fighters: [{ ...june, hp: 40 }], sideKills: [0, 1] }),
  );
  fight.advance(120);
  expect(fight.fighters.map(({ id, hp }) => [id, hp])).toEqual([[1n, 40]]);
  expect(fight.killsOf(1)).toEqual({ own: 1, others: 0 });
  expect(fight.met(2n)).toMatchObject({ name: "Mike", side: 1 });
});

test("kills of the sides stay until they are told anew", () => {
  const fight = battle();
  fight.apply(delta({ tick: 101, sideKills: [2, 1] }));
  fight.apply(delta({ tick: 102, fighters: [june] }));
  fight.advance(102);
  expect(fight.killsOf(0)).toEqual({ own: 2, others: 1 });
});
