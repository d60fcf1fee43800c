import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { FightSideSchema } from "../gen/fight_pb.js";
import { Battle } from "./battle.ts";
import { standardRules } from "./battle-rules.ts";
import { Viewer } from "./viewer.ts";

const [june, mike] = [1n, 2n];

/** June looks; Mike stands this far from her. */
function start(apart: number) {
  const sides = [june, mike].map((roleId) => create(FightSideSchema, { members: [{ roleId }] }));
  const battle = new Battle(sides, standardRules);
  battle.world.set(0, { x: 10, y: 10 });
  battle.world.set(1, { x: 10 + apart, y: 10 });
  battle.show();
  const [fighter] = battle.fighters;
  if (fighter === undefined) throw new Error("there is no fighter");
  const viewer = new Viewer(fighter, undefined);
  let sequence = 0;
  return {
    battle,
    viewer,
    snapshot: () => viewer.snapshot("f1", battle),
    walk: (roleId: bigint, moveX: number) =>
      battle.input(roleId, { sequence: ++sequence, moveX, moveY: 0, targetId: 0n }),
    tick: () => {
      battle.tick(50);
      return viewer.look("f1", battle);
    },
  };
}

test("a snapshot has who is in sight", () => {
  expect(start(5).snapshot()).toMatchObject({ tick: 0, width: 64, fighters: [{ roleId: june }, { roleId: mike }] });
  expect(start(30).snapshot().fighters).toMatchObject([{ roleId: june }]);
});

test("where nothing changes nothing is sent", () => {
  const { snapshot, tick } = start(5);
  snapshot();
  for (let count = 0; count < 100; count++) expect(tick()).toBeUndefined();
});

test("a delta has what changed, in sight alone", () => {
  const { snapshot, tick, walk } = start(5);
  snapshot();
  walk(mike, 1);
  const view = tick();
  expect(view).toMatchObject({ kind: "delta", message: { fightId: "f1", tick: 1, fighters: [{ roleId: mike }] } });
  expect(view?.message.fighters).toHaveLength(1);
  const far = start(30);
  far.snapshot();
  far.walk(mike, 1);
  expect(far.tick()).toBeUndefined();
});

test("who goes out of sight is told, and who comes back is shown whole", () => {
  const { snapshot, tick, walk, battle } = start(23.9);
  snapshot();
  walk(mike, 1);
  expect(tick()).toMatchObject({ kind: "delta", message: { left: [mike], fighters: [] } });
  battle.world.set(1, { x: 20 });
  walk(mike, 0);
  expect(tick()).toMatchObject({ kind: "delta", message: { left: [], fighters: [{ roleId: mike, maxHp: 100 }] } });
});

test("hits and the score are in it", () => {
  const { snapshot, tick, battle } = start(5);
  snapshot();
  battle.world.set(1, { hp: 10 });
  battle.input(june, { sequence: 1, moveX: 0, moveY: 0, targetId: mike });
  expect(tick()).toMatchObject({
    message: { hits: [{ sourceId: june, targetId: mike, damage: 10 }], sideKills: [1, 0] },
  });
});

test("what was missed is shown in one go", () => {
  const { snapshot, tick, walk, battle, viewer } = start(5);
  snapshot();
  walk(mike, 1);
  for (let count = 0; count < 5; count++) battle.tick(50);
  walk(mike, 0);
  for (let count = 0; count < 5; count++) battle.tick(50);
  expect(viewer.look("f1", battle)).toMatchObject({ message: { fighters: [{ roleId: mike, x: expect.closeTo(17) }] } });
  expect(tick()).toBeUndefined();
});

test("a second after deltas comes a snapshot, once", () => {
  const { snapshot, tick, walk } = start(5);
  snapshot();
  walk(mike, 1);
  expect(tick()?.kind).toBe("delta");
  walk(mike, 0);
  const kinds = Array.from({ length: 60 }, () => tick()?.kind);
  expect(kinds.filter((kind) => kind !== undefined)).toEqual(["snapshot"]);
});

test("one that forgets is shown everything", () => {
  const { snapshot, tick, viewer } = start(5);
  snapshot();
  viewer.forget();
  expect(tick()?.kind).toBe("snapshot");
});
