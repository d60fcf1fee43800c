import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "m3game";
import { describe, expect, test, vi } from "vitest";
import {
  FightDeltaSchema,
  FightOverSchema,
  type FightResult,
  FightSer,
  type FightSideSchema,
  type FightSnapshot,
  FightSnapshotSchema,
} from "../gen/fight_pb.js";
import { RoleFightSer, RoleSer } from "../gen/role_pb.js";
import { ZoneSer } from "../gen/zone_pb.js";
import { RoleEntity } from "../roleapp/role-entity.ts";
import { FightWorld, fightIds, type Player, zoneIds } from "../test/fight-world.ts";
import { FightPlaceEntity } from "../zoneapp/zone.ts";
import { Fight } from "./fight.ts";
import { FightEntity } from "./fight-entity.ts";

// Fights take their time, and longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 20_000 };
const bot = { roleId: -1n, name: "Bot", rating: 1000 };
type Sides = MessageInitShape<typeof FightSideSchema>[];

/** The sides of a duel. */
function duel(...members: readonly { readonly roleId: bigint }[]): Sides {
  return members.map(({ roleId }) => ({ members: [{ roleId, name: `Role${roleId}`, rating: 1000 }] }));
}

/** What a player's client sees of a fight, and does in it. */
class Seat {
  readonly fights;
  readonly snapshots: FightSnapshot[] = [];
  readonly places = new Map<bigint, { readonly x: number; readonly y: number }>();
  deltas = 0;
  result: FightResult | undefined;
  sequence = 0;
  readonly #fightId: string;

  constructor({ client }: Player, fightId: string) {
    this.#fightId = fightId;
    this.fights = client.service(FightSer);
    const place = ({ fighters }: Pick<FightSnapshot, "fighters">) => {
      for (const { roleId, x, y } of fighters) this.places.set(roleId, { x, y });
    };
    client.on(FightSnapshotSchema, (snapshot) => {
      this.snapshots.push(snapshot);
      place(snapshot);
    });
    client.on(FightDeltaSchema, (delta) => {
      this.deltas++;
      place(delta);
    });
    client.on(FightOverSchema, ({ result }) => {
      this.result = result;
    });
  }

  async enter() {
    const { snapshot, result } = await this.fights.fightEnter({ fightId: this.#fightId });
    if (snapshot !== undefined) this.snapshots.push(snapshot);
    return { snapshot, result };
  }

  async input(input: { moveX?: number; moveY?: number; targetId?: bigint; sequence?: number }): Promise<void> {
    await this.fights.fightInput({ fightId: this.#fightId, sequence: ++this.sequence, ...input });
  }
}

const place = (world: FightWorld, fightId: string, sides: Sides) =>
  world.caller.client(ZoneSer).zonePlace({ fightId, sides }, { timeoutMs: 10_000 });

const placesOf = async (world: FightWorld) => (await world.caller.client(ZoneSer).zoneList({})).places;

/** The fight is over for everybody: nobody has anything of it left to do. */
async function untilSettled(world: FightWorld, fightId: string): Promise<void> {
  await expect.poll(() => world.ended, patience).toContain(fightId);
  await expect.poll(async () => (await placesOf(world)).map((each) => each.fightId), patience).not.toContain(fightId);
}

const roleOf = async ({ client }: Player) => (await client.service(RoleSer).roleGetInfo({ detail: true })).roleDb;

describe("a fight against a bot", () => {
  test("is seen, ends, and is in the role's record once", async () => {
    const world = await FightWorld.start({ KillsToWin: 1, MaxHp: 10, Width: 50 });
    const june = await world.player("june");
    const { appId } = await place(world, "f1", [...duel(june), { members: [bot] }]);
    expect(fightIds).toContain(appId);
    const seat = new Seat(june, "f1");
    // They begin out of each other's sight, and are for two seconds.
    const { snapshot } = await seat.enter();
    expect(snapshot).toMatchObject({ fightId: "f1", width: 50, height: 40, sideKills: [0, 0] });
    expect(snapshot?.fighters.map(({ roleId }) => roleId)).toEqual([june.roleId]);
    // She stands still: the bot comes into sight, and beats her.
    await expect.poll(() => seat.places.has(bot.roleId), patience).toBe(true);
    await expect
      .poll(() => seat.result, patience)
      .toMatchObject({
        winner: 1,
        scores: [
          { roleId: june.roleId, kills: 0, deaths: 1, ratingChange: -16, powerChange: 10 },
          { roleId: bot.roleId, kills: 1, deaths: 0, ratingChange: 16 },
        ],
      });
    expect(seat.snapshots.length).toBeGreaterThan(1);
    expect(await roleOf(june)).toMatchObject({ rating: 984, power: 10, wins: 0, losses: 1, fightIds: [] });
    await untilSettled(world, "f1");
    // Whoever was away learns of it, and whoever asks for it again changes nothing.
    expect((await seat.enter()).result).toMatchObject({ winner: 1 });
    await place(world, "f1", [...duel(june), { members: [bot] }]);
    await untilSettled(world, "f1");
    expect(await roleOf(june)).toMatchObject({ rating: 984, power: 10, losses: 1 });
  });
});

describe("a client that cheats", () => {
  test("is refused, and counted", async () => {
    const world = await FightWorld.start();
    const [june, mike, eve] = [await world.player("june"), await world.player("mike"), await world.player("eve")];
    await place(world, "f1", duel(june, mike));
    const seat = new Seat(june, "f1");
    const { snapshot } = await seat.enter();
    const start = snapshot?.fighters[0];
    // Eve is in no fight, and neither is there another one that she could make up.
    const stranger = new Seat(eve, "f1");
    await expect(stranger.enter()).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
    await stranger.input({ moveX: 1 });
    await expect(new Seat(eve, "nowhere").enter()).rejects.toMatchObject({ code: Code.NOT_FOUND });
    await expect.poll(() => world.refused("member"), patience).toBe(2);
    // June walks faster than the server lets her, hits from afar, whom she likes, and says things twice.
    await seat.input({ moveX: 5 });
    await expect.poll(() => world.refused("speed"), patience).toBe(1);
    await seat.input({ targetId: mike.roleId });
    await expect.poll(() => world.refused("range"), patience).toBe(1);
    await seat.input({ targetId: june.roleId });
    await seat.input({ targetId: eve.roleId });
    await expect.poll(() => world.refused("target"), patience).toBe(2);
    await seat.input({ sequence: 20, moveX: 0 });
    await seat.input({ sequence: 20, moveX: 1 });
    await seat.input({ sequence: 19, moveX: 1 });
    await expect.poll(() => world.refused("sequence"), patience).toBe(2);
    // None of it had any effect.
    const other = new Seat(mike, "f1");
    await other.enter();
    expect((await seat.enter()).snapshot?.fighters).toMatchObject([{ x: start?.x, y: start?.y, hp: 100, kills: 0 }]);
  });

  test("can't begin a fight, nor tell a role that it has won", async () => {
    const world = await FightWorld.start();
    const june = await world.player("june");
    const calls = june.client.service(FightSer).fightStart({ fightId: "f1", sides: duel(june, bot) });
    await expect(calls).rejects.toMatchObject({ reason: "NOT_CLIENT_CALLABLE" });
    const result = june.client.service(RoleFightSer).roleFightResult({ roleId: june.roleId, fightId: "f1" });
    await expect(result).rejects.toMatchObject({ reason: "NOT_CLIENT_CALLABLE" });
  });
});

describe("where nothing changes", () => {
  test("nothing is pushed", async () => {
    const world = await FightWorld.start({ DurationSeconds: 3 });
    const [june, mike] = [await world.player("june"), await world.player("mike")];
    await place(world, "f1", duel(june, mike));
    const seat = new Seat(june, "f1");
    await seat.enter();
    await expect.poll(() => seat.result, patience).toMatchObject({ winner: -1 });
    expect([seat.deltas, seat.snapshots.length]).toEqual([0, 1]);
  });
});

describe("a fight app", () => {
  test("that dies has its fights start over elsewhere, and each counts once", async () => {
    const world = await FightWorld.start({ KillsToWin: 1, MaxHp: 10, Width: 12 });
    const [june, mike] = [await world.player("june"), await world.player("mike")];
    const { appId } = await place(world, "f1", duel(june, mike));
    const seat = new Seat(june, "f1");
    await seat.enter();
    await seat.input({ moveY: 1 });
    await expect.poll(() => seat.deltas, patience).toBeGreaterThan(0);
    world.kill(appId);
    const [other] = fightIds.filter((id) => id !== appId);
    await expect.poll(async () => (await placesOf(world))[0]?.appId, patience).toBe(other);
    await expect
      .poll(
        () =>
          world
            .app(other ?? "")
            .actors(Fight)
            .list(),
        patience,
      )
      .toEqual(["f1"]);
    // It starts over: she is where she began.
    const { snapshot } = await seat.enter();
    expect(snapshot?.fighters[0]).toMatchObject({ roleId: june.roleId, y: expect.closeTo(20) });
    await seat.input({ moveX: 1, targetId: mike.roleId });
    await expect.poll(() => seat.result, patience).toMatchObject({ winner: 0 });
    await untilSettled(world, "f1");
    expect(await roleOf(june)).toMatchObject({ rating: 1016, power: 30, wins: 1 });
    expect(await roleOf(mike)).toMatchObject({ rating: 984, power: 10, losses: 1 });
  });

  test("that stops hands its fights over as they are", async () => {
    const world = await FightWorld.start();
    const [june, mike] = [await world.player("june"), await world.player("mike")];
    const { appId } = await place(world, "f1", duel(june, mike));
    const [other] = fightIds.filter((id) => id !== appId);
    const seat = new Seat(june, "f1");
    const first = await seat.enter();
    await seat.input({ moveY: 1 });
    await expect.poll(() => seat.places.get(june.roleId)?.y ?? 0, patience).toBeGreaterThan(25);
    await world.stopApp(appId);
    await expect
      .poll(
        () =>
          world
            .app(other ?? "")
            .actors(Fight)
            .list(),
        patience,
      )
      .toEqual(["f1"]);
    // Without a word of hers she walks on, and is shown it.
    await expect.poll(() => seat.places.get(june.roleId)?.y ?? 0, patience).toBeGreaterThan(39);
    const { snapshot } = await seat.enter();
    expect(snapshot?.tick).toBeGreaterThan(first.snapshot?.tick ?? 0);
    expect(snapshot?.fighters[0]?.y).toBeGreaterThan(39);
    await expect.poll(async () => (await placesOf(world))[0]?.appId, patience).toBe(other);
  });

  test("that dies with a result that not all roles have has it told by the next one", async () => {
    const world = await FightWorld.start({ DurationSeconds: 1 });
    const [june, mike] = [await world.player("june"), await world.player("mike")];
    await world.stopApp("demo.world1.role.1");
    const { appId } = await place(world, "f1", duel(june, mike));
    // It is stored, and nobody can be told.
    const fights = world.caller.entities();
    await expect
      .poll(async () => (await fights.load(FightEntity, "f1"))?.data.result, patience)
      .toMatchObject({ winner: -1 });
    world.kill(appId);
    const [other = ""] = fightIds.filter((id) => id !== appId);
    await expect.poll(() => world.app(other).actors(Fight).list(), patience).toEqual(["f1"]);
    await world.startApp("demo.world1.role.1");
    await untilSettled(world, "f1");
    for (const { roleId } of [june, mike]) {
      expect((await fights.load(RoleEntity, roleId))?.data).toMatchObject({
        rating: 1000,
        power: 20,
        fightIds: ["f1"],
      });
    }
    expect((await fights.load(FightEntity, "f1"))?.data.confirmed).toHaveLength(2);
  });
});

describe("the zone", () => {
  test("spreads fights, and its next leader knows them all", async () => {
    const world = await FightWorld.start();
    const roles = [1n, 2n, 3n, 4n];
    for (const [index, roleId] of roles.entries()) {
      await place(world, `f${index}`, duel({ roleId }, { roleId: roleId + 100n }));
    }
    const before = await placesOf(world);
    expect(fightIds.map((id) => before.filter(({ appId }) => appId === id).length)).toEqual([2, 2]);
    await world.stopApp(zoneIds[0]);
    const after = await placesOf(world);
    const byId = (places: typeof before) => new Map(places.map(({ fightId, appId }) => [fightId, appId]));
    expect(byId(after)).toEqual(byId(before));
    // Fights that run are left where they are, and one that is asked for again is no second one.
    expect(await place(world, "f0", duel({ roleId: 1n }, { roleId: 101n }))).toMatchObject({
      appId: byId(before).get("f0"),
    });
    const running = fightIds.map((id) => world.app(id).actors(Fight).list().toSorted());
    expect(running.flat().toSorted()).toEqual(["f0", "f1", "f2", "f3"]);
  });

  test("begins one fight for many who ask for it at once", async () => {
    const world = await FightWorld.start();
    const sides = duel({ roleId: 1n }, { roleId: 2n });
    const answers = await Promise.all(Array.from({ length: 10 }, () => place(world, "f1", sides)));
    expect(new Set(answers.map(({ appId }) => appId)).size).toBe(1);
    expect(await placesOf(world)).toHaveLength(1);
  });

  test("begins what the leader before has stored and not begun", async () => {
    const world = await FightWorld.start();
    const sides = duel({ roleId: 1n }, { roleId: 2n });
    await world.caller.entities().create(FightPlaceEntity, "f1", { appId: fightIds[1], sides });
    await world.stopApp(zoneIds[0]);
    await expect.poll(() => world.app(fightIds[1]).actors(Fight).list(), patience).toEqual(["f1"]);
  });

  test("takes no fight that can't be fought", async () => {
    const world = await FightWorld.start();
    await expect(place(world, "f1", duel({ roleId: 1n }))).rejects.toThrow("two sides or more");
    await expect(place(world, "f1", duel({ roleId: 1n }, { roleId: 1n }))).rejects.toThrow("a role id of its own");
    expect(await placesOf(world)).toEqual([]);
  });
});
