import { describe, expect, test } from "vitest";
import { ActorControlSer } from "../../../gen/m3/actor_control_pb.js";
import { ActorWorld, levelUp, Player, playerApp } from "../../../test/support/actor-world.ts";
import { failure } from "../../../test/support/cluster.ts";
import { EntityWorld, HeroEntity, TestHost } from "../../../test/support/entity-world.ts";
import { PlayerSer } from "../../../test/support/player-services.ts";
import type { App } from "../../app/app.ts";
import { SaveQueue } from "../../entity/save-queue.ts";
import { silentLogger } from "../../plugin/log.ts";
import { defineClient } from "../../rpc/define-client.ts";
import { p2p, random } from "../../rpc/route.ts";
import { ActorEntities } from "./actor-entities.ts";

const [first, second] = ["test.w1.player.1", "test.w1.player.2"];
const claim = "player/Player/7";

/** Two apps; the actor 7 is active on the first, its level is 2 and not saved. */
async function startTwo() {
  const world = await ActorWorld.create();
  const app = playerApp(Player, levelUp);
  const [one, two] = [
    await world.start("1", app, { SaveTimeInter: 300 }),
    await world.start("2", app, { SaveTimeInter: 300 }),
  ];
  for (let call = 0; call < 2; call++) await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
  const counter = () => world.hub.leases.holder(`test.w1/${claim}`, performance.now())?.counter ?? 0n;
  return { world, one, two, counter, asked: world.store.asked };
}

describe("the entities of an actor that moves", () => {
  test.each(["handOver", "drain", "p2p"] as const)("go along, and only their version is read: %s", async (way) => {
    const { world, one, two, counter, asked } = await startTwo();
    const epoch = await world.store.inner.enterEpoch(world.hub.leases.name);
    const old = { claim, fence: { epoch, counter: counter() } };
    asked.length = 0;
    if (way === "handOver") await world.until(one.actors(Player).handOver("7", second));
    else if (way === "drain") await world.until(one.stop());
    else
      await world.until(
        two
          .client(PlayerSer)
          .to(p2p(second))
          .any({}, { metadata: { actorid: "7" } }),
      );
    await world.untilTrue(() => two.actors(Player).list().length === 1);
    await world.pass(20);
    expect(await world.level(7n)).toBe(2);
    expect(asked.map(({ fields }) => fields)).toEqual([[]]);
    // That raises the fence: what the old owner may still have on its way is refused before the new one has written.
    const write = { kind: "delete", table: HeroEntity.table, key: 7n, version: 2n } as const;
    const [late] = await world.store.inner.write([{ scope: old, writes: [write] }]);
    expect(late).toEqual([{ status: "refused", reason: "fenced" }]);
    expect(await world.until(two.client(PlayerSer).do({ id: "7" }))).toMatchObject({ number: 3, text: "new" });
    await world.until(two.stop());
    expect(await world.level(7n)).toBe(3);
  });

  test("are read where somebody has written them since", async () => {
    const { world, one, two, asked } = await startTwo();
    asked.length = 0;
    world.store.reads.push("held");
    await world.until(one.actors(Player).handOver("7", second));
    await world.until(world.store.holds());
    const row = await world.store.inner.read(HeroEntity.table, 7n);
    const message = HeroEntity.decode(new Uint8Array(0));
    Object.assign(message, { level: 50 });
    const fields = HeroEntity.table.schema.fields.filter(({ localName }) => localName === "level");
    const update = { kind: "update", table: HeroEntity.table, key: 7n, message, fields } as const;
    await world.store.inner.write([{ writes: [{ ...update, version: row?.version ?? 0n }] }]);
    world.store.release();
    expect(await world.until(two.client(PlayerSer).to(random()).do({ id: "7" }))).toMatchObject({ number: 51 });
    expect(asked.map(({ fields }) => fields)).toEqual([[], undefined]);
  });

  test("are read where the app knows other fields, and once they were not needed at the start", async () => {
    const { db, store } = await EntityWorld.create();
    const queue = new SaveQueue({ db, log: silentLogger });
    const entitiesOf = (counter: bigint) => new ActorEntities({ db, queue }, new TestHost(claim, counter));
    const before = entitiesOf(1n);
    await before.add(HeroEntity, "7").create({ name: "old" });
    const rows = before.confirmed();
    expect(rows).toMatchObject([{ table: "hero", version: 1n }]);

    const load = async (change: (entities: ActorEntities) => void) => {
      const entities = entitiesOf(2n);
      const hero = entities.add(HeroEntity, "7");
      change(entities);
      store.asked.length = 0;
      expect(await hero.load()).toBe(true);
      expect(hero.data.name).toBe("old");
      return store.asked.map(({ fields }) => fields);
    };
    expect(await load((entities) => entities.adopt(rows))).toEqual([[]]);
    expect(await load((entities) => entities.adopt(rows.map((row) => ({ ...row, layout: "other" }))))).toEqual([
      undefined,
    ]);
    const tooLate = (entities: ActorEntities) => {
      entities.adopt(rows);
      entities.forgetMoved();
    };
    expect(await load(tooLate)).toEqual([undefined]);
    await queue[Symbol.asyncDispose]();
  });
});

describe("an app that is asked for an actor", () => {
  const control = defineClient(ActorControlSer, { func: "player" });
  const ask = async (from: App, counter: bigint) => {
    const request = { kind: "player/Player", id: "7", targetApp: second, counter };
    return await from.client(control).to(p2p(first)).handOver(request, { timeoutMs: 300 });
  };

  test("gives it to who saw it as it is", async () => {
    const { world, one, two, counter } = await startTwo();
    const stale = world.until(failure(ask(two, counter() - 1n)));
    expect(await stale).toMatchObject({ reason: "FENCED" });
    expect(one.actors(Player).list()).toEqual(["7"]);
    const { moved } = await world.until(ask(two, counter()));
    expect(moved?.rows).toMatchObject([{ table: "hero" }]);
    expect(one.actors(Player).list()).toEqual([]);
  });
});
