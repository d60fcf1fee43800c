import { describe, expect, test } from "vitest";
import { AdminSer } from "../../../gen/m3/admin_pb.js";
import { ActorWorld, levelUp, Player, playerApp, playerServer } from "../../../test/support/actor-world.ts";
import { failure } from "../../../test/support/cluster.ts";
import { HeroEntity } from "../../../test/support/hero-entity.ts";
import { PlayerSer } from "../../../test/support/player-services.ts";
import type { App } from "../../app/app.ts";
import { takesKey } from "../../mesh/canary-rule.ts";
import { Rendezvous } from "../../mesh/rendezvous.ts";
import { isM3Error } from "../../meta/error.ts";
import { defineClient } from "../../rpc/define-client.ts";
import { p2p } from "../../rpc/route.ts";
import { Actor, type ActorClass } from "./actor.ts";

const [first, second] = ["test.w1.player.1", "test.w1.player.2"] as const;
const ids = Array.from({ length: 200 }, (_, index) => `${index + 100}`);
const quick = { timeoutMs: 1000 };
const stays = {
  reason: "OLDER_VERSION",
  message: expect.stringContaining("start an instance of 2.0.0, or allow it with m3 canary abort player 2.0.0"),
};

/** Ids that belong to the second app, whichever of the first and the third is there too. */
const ofSecond = (() => {
  const ring = new Rendezvous([first, second, "test.w1.player.3"]);
  return ids.filter((each) => ring.owner(each) === 1);
})();
const id = ofSecond[0] ?? "";

/** Carries a number along when it moves. */
class Carrying extends Player {
  static override readonly kind: string = "Carrying";
  carried = 0;
  override onMoveOut() {
    return new Uint8Array([this.carried]);
  }
  override onMoveIn(state: Uint8Array) {
    this.carried = state[0] ?? 0;
  }
}

const carrying = playerApp(Carrying, {
  do: (self) => ({ number: (self.hero.data.level += 1), text: `${++self.carried}` }),
});

/** Version 2.0.0 on the first app, 1.0.0 on the second, and the actor `id` was called once on the first. */
async function startVersions(app = carrying, options: Readonly<Record<string, number | boolean>> = {}) {
  const world = await ActorWorld.create();
  const newer = await world.start("1", { ...app, version: "2.0.0" }, options);
  await world.until(newer.client(PlayerSer).do({ id }));
  const older = await world.start("2", { ...app, version: "1.0.0" }, options);
  const setRule = async (rule: object) => {
    const admin = newer.client(defineClient(AdminSer, { func: "player" })).to(p2p(first));
    await world.until(admin.setCanary({ version: "2.0.0", revision: BigInt(++revision), ...rule }));
    await world.pass(100);
  };
  let revision = 0;
  /** Calls the actor from the app of the older version. */
  const call = (app = older, key = id) => world.until(app.client(PlayerSer).do({ id: key }));
  const refused = async (key = id) => {
    for (;;) {
      const error = await world.until(failure(older.client(PlayerSer).do({ id: key }, quick)));
      // Its last attempt may have been under way when its time was over.
      if (!isM3Error(error) || error.reason !== "DEADLINE") return error;
    }
  };
  return { world, newer, older, setRule, call, refused };
}

const activeOn = (app: App, actorClass: ActorClass<Actor> = Carrying) => app.actors(actorClass).list();

describe("an actor that has run on a version", () => {
  test("is not drained to an older one: its calls wait for an instance of its own, and say so", async () => {
    const { world, newer, refused, call } = await startVersions();
    await world.until(newer.stop());
    expect(await refused()).toMatchObject(stays);
    await world.start("3", { ...carrying, version: "2.0.1" });
    expect(await call()).toMatchObject({ number: 2, text: "1" });
  });

  test("is drained to another instance of it, with what it carries, whoever owns its place", async () => {
    const { world, newer, older, call } = await startVersions();
    const same = await world.start("3", { ...carrying, version: "2.0.0" });
    await world.until(newer.stop());
    expect([activeOn(older), activeOn(same)]).toEqual([[], [id]]);
    expect(await call()).toMatchObject({ number: 2, text: "2" });
  });

  test("becomes active on it again when it is called on an older one", async () => {
    const { world, newer, older, call } = await startVersions();
    const admin = older.client(defineClient(AdminSer, { func: "player" })).to(p2p(first));
    await world.until(admin.kickActor({ kind: "player/Carrying", id }));
    expect(await call()).toMatchObject({ number: 2 });
    expect([activeOn(newer), activeOn(older)]).toEqual([[id], []]);
  });

  test("is not moved to an older one by hand, nor by a call that goes there", async () => {
    const { world, newer, older } = await startVersions();
    expect(await world.until(failure(newer.actors(Carrying).handOver(id, second)))).toMatchObject(stays);
    const there = failure(newer.client(PlayerSer).to(p2p(second)).do({ id }));
    expect(await world.until(there)).toMatchObject(stays);
    expect([activeOn(newer), activeOn(older)]).toEqual([[id], []]);
  });

  test("is moved to a newer one, and stays there from then on", async () => {
    const { world, newer, call, refused } = await startVersions();
    const [other = ""] = ofSecond.slice(1);
    expect(await call(undefined, other)).toMatchObject({ number: 1 });
    const moved = newer.client(PlayerSer).to(p2p(first)).do({ id: other });
    expect(await world.until(moved)).toMatchObject({ number: 2, text: "2" });
    await world.until(newer.stop());
    expect(await refused()).toMatchObject(stays);
    expect(await refused(other)).toMatchObject({ reason: "OLDER_VERSION" });
  });

  test("goes back when that version was aborted, with what it carries, and then belongs to the older one", async () => {
    const { world, newer, older, setRule, call } = await startVersions();
    await setRule({ share: 0, aborted: ["2.0.0"] });
    await world.until(newer.actors(Carrying).handOver(id, second));
    expect(await call()).toMatchObject({ number: 2, text: "2" });
    await setRule({ version: "", share: 0 });
    await world.until(newer.stop());
    const admin = older.client(defineClient(AdminSer, { func: "player" })).to(p2p(second));
    await world.until(admin.kickActor({ kind: "player/Carrying", id }));
    expect(await call()).toMatchObject({ number: 3, text: "1" });
  });

  test("goes back where it was not active when that version was aborted, also after all its instances are gone", async () => {
    const { world, newer, older, refused, call } = await startVersions();
    await world.until(newer.stop());
    expect(await refused()).toMatchObject(stays);
    const admin = older.client(defineClient(AdminSer, { func: "player" })).to(p2p(second));
    await world.until(admin.setCanary({ version: "2.0.0", share: 0, aborted: ["2.0.0"], revision: 9n }));
    await world.pass(100);
    expect(await call()).toMatchObject({ number: 2 });
  });

  test("goes back when the share of that version shrinks, unless it is still in it", async () => {
    const { world, newer, older, setRule } = await startVersions(carrying, { RebalanceTime: 10 });
    const rule = { version: "2.0.0", share: 0.5, ids: [], aborted: [], revision: 1 };
    const [taken, other] = [true, false].map(
      (isTaken) => ofSecond.find((each) => takesKey(rule, each) === isTaken) ?? "",
    );
    for (const each of [taken, other]) await world.until(newer.actors(Carrying).activate(each ?? ""));
    await setRule({ share: 1 });
    await world.pass(15_000);
    expect(activeOn(newer).toSorted()).toEqual([...new Set([id, taken, other])].toSorted());
    await setRule({ share: 0.5 });
    await world.pass(15_000);
    expect(activeOn(newer)).toContain(taken);
    expect(activeOn(older)).toContain(other);
  });

  test("goes back where the config allows it", async () => {
    const { world, newer, call } = await startVersions(carrying, { AllowOlderVersions: true });
    await world.until(newer.stop());
    expect(await call()).toMatchObject({ number: 2, text: "2" });
  });

  test("is known by what it stores with keys of its own too, also when it begins to only in a handler", async () => {
    class Owner extends Actor {
      static readonly kind = "Owner";
    }
    const app = playerApp(Owner, {
      do: async (self) => {
        const hero = await self.entities.load(HeroEntity, 7n, { orCreate: { name: "new" } });
        hero.data.level += 1;
        await hero.save();
        return { number: hero.data.level };
      },
    });
    const { world, newer, refused } = await startVersions(app);
    await world.pass(100);
    await world.until(newer.stop());
    expect(await refused()).toMatchObject(stays);
  });

  test("may be active anywhere again when it stores nothing", async () => {
    class Room extends Actor {}
    const { world, newer, older, call } = await startVersions(playerApp(Room));
    await world.until(newer.stop());
    await call();
    expect(activeOn(older, Room)).toEqual([id]);
  });
});

test("an always-active actor lives on the version that it has run on, though an older one owns its place", async () => {
  const world = await ActorWorld.create();
  const app = { func: "player", servers: [playerServer(Player, levelUp, [id])] };
  const newer = await world.start("1", { ...app, version: "2.0.0" });
  await world.pass(2000);
  expect(activeOn(newer, Player)).toEqual([id]);
  const older = await world.start("2", { ...app, version: "1.0.0" });
  const admin = older.client(defineClient(AdminSer, { func: "player" })).to(p2p(first));
  await world.until(admin.kickActor({ kind: "player/Player", id }));
  await world.pass(3000);
  expect([activeOn(newer, Player), activeOn(older, Player)]).toEqual([[id], []]);
  expect(world.log.lines.filter(({ level }) => level === "error")).toEqual([]);
});
