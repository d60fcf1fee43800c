import { describe, expect, test } from "vitest";
import { ActorWorld, levelUp, Player, playerApp } from "../../../test/support/actor-world.ts";
import { failure } from "../../../test/support/cluster.ts";
import { HeroEntity } from "../../../test/support/hero-entity.ts";
import { PlayerSer } from "../../../test/support/player-services.ts";
import { createMemoryHub } from "../../plugin/memory/memory-hub.ts";
import type { MemoryLeaseStore } from "../../plugin/memory/memory-lease-store.ts";
import { p2p, random } from "../../rpc/route.ts";

const [first, second] = ["test.w1.player.1", "test.w1.player.2"];

/** A player who notes its last turn, and how often it was started; `again` waits to be let go, then answers. */
function slowPlayer() {
  const notes: string[] = [];
  const entered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  class Slow extends Player {
    static override readonly kind = "Slow";
    override async onInit() {
      await super.onInit();
      notes.push("init");
      this.every(1000, () => void notes.push("timer"));
    }
    override onExit() {
      notes.push("exit");
    }
  }
  const app = playerApp(Slow, {
    do: async (self) => {
      self.hero.data.level++;
      await self.hero.save();
      return { number: self.hero.data.level };
    },
    again: async (self) => {
      self.hero.data.gold += 1000n;
      entered.resolve();
      await opened.promise;
      return { text: "done" };
    },
  });
  return { app, Slow, notes, entered: entered.promise, open: () => opened.resolve() };
}

/** Has another app own what the first one owns, which is not told. Returns the counter of the claim. */
function giveAway(id: string, leases: MemoryLeaseStore): bigint {
  const now = performance.now();
  const session = { incarnation: "another", address: "", ttlMs: 60_000 };
  // It has one already.
  leases.release(leases.open({ ...session, app: first }, now), id, leases.holder(id, now)?.counter ?? 0n);
  const taken = leases.acquire(leases.open({ ...session, app: second }, now), id, now);
  if (taken.status !== "acquired") throw new Error("the first app still owns it");
  return taken.counter;
}

test("rows with other keys are an actor's too: its next owner's fence keeps the one before out", async () => {
  const world = await ActorWorld.create();
  class Slot extends Player {
    static override readonly kind = "Slot";
    readonly members = this.entities;
  }
  const opened = Promise.withResolvers<void>();
  const outcomes: unknown[] = [];
  const app = playerApp(Slot, {
    do: async (self) => {
      const member = await self.members.load(HeroEntity, 1007n, { orCreate: { level: 0 } });
      member.data.level += 1;
      await member.save();
      return { number: member.data.level };
    },
    again: async (self) => {
      const member = await self.members.load(HeroEntity, 1007n);
      if (member === undefined) return {};
      member.data.level += 100;
      await opened.promise;
      outcomes.push(await failure(member.save()));
      return {};
    },
  });
  const one = await world.start("1", app);
  await world.until(one.client(PlayerSer).do({ id: "7" }));
  const late = failure(one.client(PlayerSer).again({ id: "7" }));
  await world.pass(100);
  world.kill(one);
  const two = await world.start("2", app);
  expect(await world.until(two.client(PlayerSer).do({ id: "7" }, { timeoutMs: 60_000 }))).toMatchObject({ number: 2 });
  opened.resolve();
  await world.until(late);
  expect(outcomes).toMatchObject([{ reason: "NOT_OWNER" }]);
  expect(await world.level(1007n)).toBe(2);
});

describe("an app that loses its session", () => {
  test("drops its actors without saving, answers nothing of them any more, and begins anew", async () => {
    const world = await ActorWorld.create();
    const { app, Slow, notes, entered, open } = slowPlayer();
    const one = await world.start("1", app, { SaveTimeInter: 1 });
    const here = one.client(PlayerSer).to(p2p(first));
    await world.until(here.do({ id: "7" }));
    const running = failure(here.again({ id: "7" }));
    const waiting = here.do({ id: "7" });
    await world.until(entered);
    world.hub.leaseFaults.expire(first);
    expect(await world.until(running)).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    // Not executed, so it is sent again, and runs on the next incarnation.
    expect(await world.until(waiting)).toMatchObject({ number: 2 });
    expect(notes.filter((note) => note !== "timer")).toEqual(["init", "init"]);
    open();
    await world.pass(3000);
    const hero = await world.store.inner.read(HeroEntity.table, 7n);
    expect(hero?.message).toMatchObject({ gold: 0n, level: 2 });
    expect(one.actors(Slow).list()).toEqual(["7"]);
  });

  test("ends timers of its actors", async () => {
    const world = await ActorWorld.create();
    const { app, notes } = slowPlayer();
    const one = await world.start("1", app);
    await world.until(one.client(PlayerSer).do({ id: "7" }));
    await world.pass(2500);
    world.hub.leaseFaults.expire(first);
    await world.pass(20);
    const timers = notes.length;
    await world.pass(5000);
    expect(notes.length).toBe(timers);
    expect(notes).not.toContain("exit");
  });

  test("pitfall 5: owns nothing before the lease store ends its session, and calls go where the actor is next", async () => {
    const world = await ActorWorld.create();
    const { app, Slow } = slowPlayer();
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
    world.hub.leaseFaults.cutOff(first);
    await world.untilTrue(() => one.actors(Slow).list().length === 0);
    // It stopped by itself, while the store still counts the claim as its own.
    const holder = () => world.hub.leases.holder("test.w1/player/Slow/7", performance.now());
    expect(holder()).toMatchObject({ app: first });
    const answer = world.until(two.client(PlayerSer).to(random()).do({ id: "7" }, { timeoutMs: 60_000 }));
    expect(await answer).toMatchObject({ number: 2 });
    expect(holder()).toMatchObject({ app: second });
    world.hub.leaseFaults.restore(first);
    const back = world.until(one.client(PlayerSer).to(random()).do({ id: "7" }, { timeoutMs: 60_000 }));
    expect(await back).toMatchObject({ number: 3 });
    expect(two.actors(Slow).list()).toEqual(["7"]);
  });
});

describe("an app cut off from one of its stores", () => {
  test("saves what has changed as soon as its session is in doubt", async () => {
    const world = await ActorWorld.create();
    const one = await world.start("1", playerApp(Player, levelUp), { SaveTimeInter: 300 });
    await world.until(one.client(PlayerSer).do({ id: "7" }));
    await world.pass(4000);
    expect(await world.level(7n)).toBe(0);
    world.hub.leaseFaults.cutOff(first);
    await world.untilTrue(() => one.actors(Player).list().length === 0);
    expect(await world.level(7n)).toBe(1);
    world.hub.leaseFaults.restore(first);
    const again = one.client(PlayerSer).do({ id: "7" }, { timeoutMs: 60_000 });
    expect(await world.until(again)).toMatchObject({ number: 2 });
  });

  test("pitfall 5: gives no claim away before what has changed is saved", async () => {
    const world = await ActorWorld.create();
    const app = playerApp(Player, levelUp);
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
    world.store.writes.push(...Array.from({ length: 12 }, () => "down" as const));
    const moved = world.until(two.client(PlayerSer).to(p2p(second)).do({ id: "7" }, { timeoutMs: 110_000 }));
    await world.untilTrue(() => world.store.writes.length === 1);
    expect(await world.level(7n)).toBe(0);
    const holder = world.hub.leases.holder("test.w1/player/Player/7", performance.now());
    expect(holder).toMatchObject({ app: first });
    expect(await moved).toMatchObject({ number: 2 });
    expect(two.actors(Player).list()).toEqual(["7"]);
    expect(await world.level(7n)).toBe(1);
  });

  test("an answer of the lease store that was lost keeps no actor from moving", async () => {
    const world = await ActorWorld.create();
    const app = playerApp(Player, levelUp);
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    world.hub.leaseFaults.loseReply(first, "acquire");
    expect(await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }))).toMatchObject({ number: 1 });
    world.hub.leaseFaults.loseReply(first, "transfer");
    expect(await world.until(two.client(PlayerSer).to(p2p(second)).do({ id: "7" }))).toMatchObject({ number: 2 });
    expect(one.actors(Player).list()).toEqual([]);
  });
});

describe("an owner that died", () => {
  test("is waited for: callers are told how long it takes, and succeed within their deadline", async () => {
    const world = await ActorWorld.create();
    const one = await world.start("1", playerApp(Player, levelUp), { ActiveTimeOut: 0 });
    const two = await world.start("2", playerApp(Player, levelUp));
    await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
    await world.pass(6000);
    world.kill(one);
    const there = two.client(PlayerSer).to(p2p(second));
    const short = await world.until(failure(there.do({ id: "7" }, { timeoutMs: 1000 })));
    expect(short).toMatchObject({ reason: "NOT_OWNER", retryAfterMs: expect.any(Number) });
    const started = performance.now();
    await world.until(there.do({ id: "7" }, { timeoutMs: 60_000 }));
    expect(performance.now() - started).toBeLessThan(12_000);
    expect(two.actors(Player).list()).toEqual(["7"]);
  });
});

describe("a late write", () => {
  test("pitfall 2, pitfall 3: of an old owner is refused, and its caller is not told that all is well", async () => {
    const world = await ActorWorld.create();
    const { app, Slow } = slowPlayer();
    const [one, two] = [await world.start("1", app), await world.start("2", app)];
    await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
    world.store.writes.push("held");
    const old = failure(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
    await world.until(world.store.holds());
    world.hub.leaseFaults.expire(first);
    expect(await world.until(old)).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    await world.until(two.actors(Slow).activate("7"));
    // It lands between the read of the new owner and its first write.
    world.store.release();
    await world.pass(100);
    expect(await world.level(7n)).toBe(1);
    const there = two.client(PlayerSer).to(p2p(second));
    expect(await world.until(there.do({ id: "7" }))).toMatchObject({ number: 2 });
    expect(await world.until(there.do({ id: "7" }))).toMatchObject({ number: 3 });
    expect(await world.level(7n)).toBe(3);
  });

  test("of an owner that does not know yet that it is none drops its actor", async () => {
    const world = await ActorWorld.create();
    const { app, Slow, notes } = slowPlayer();
    const one = await world.start("1", app);
    await world.until(one.client(PlayerSer).do({ id: "7" }));
    const epoch = await world.store.inner.enterEpoch(world.hub.leases.name);
    await world.store.raiseFence({ claim: "player/Slow/7", fence: { epoch, counter: 1000n } });
    const failed = await world.until(failure(one.client(PlayerSer).do({ id: "7" })));
    expect(failed).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    expect(await world.level(7n)).toBe(1);
    expect(one.actors(Slow).list()).toEqual([]);
    // Given up, so that the next activation gets a newer fence.
    expect(world.hub.leases.holder("test.w1/player/Slow/7", performance.now())).toBeUndefined();
    expect(notes).not.toContain("exit");
  });
});

describe("a lease store that forgets over a store that remembers", () => {
  test("pitfall 19: works, with fences of a new epoch", async () => {
    const world = await ActorWorld.create();
    const one = await world.start("1", playerApp(Player, levelUp));
    for (const id of ["1", "2", "7"]) await world.until(one.client(PlayerSer).do({ id }));
    await world.until(one.stop());
    const before = await world.store.inner.enterEpoch(world.hub.leases.name);
    world.hub = createMemoryHub();
    const next = await world.start("1", playerApp(Player, levelUp));
    expect(await world.until(next.client(PlayerSer).do({ id: "7" }))).toMatchObject({ number: 2 });
    await world.until(next.stop());
    expect(await world.level(7n)).toBe(2);
    expect(await world.store.inner.enterEpoch(world.hub.leases.name)).toBe(before + 1n);
  });
});

describe("an app whose session is older than the epoch of the data store", () => {
  test("pitfall 19: saves what it has, and begins anew, as soon as a fence of it is refused", async () => {
    const world = await ActorWorld.create();
    const app = playerApp(Player, levelUp);
    const one = await world.start("1", app, { SaveTimeInter: 300 });
    await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
    await world.store.inner.raiseEpoch();
    const two = await world.start("2", app, { SaveTimeInter: 300 });
    await world.until(two.client(PlayerSer).to(p2p(second)).do({ id: "7" }));
    await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "8" }));
    const owner = () => world.hub.leases.holder("test.w1/player/Player/8", performance.now())?.incarnation;
    const incarnation = owner();
    // Its fence in this session is older than that of two, whatever its counter.
    const back = one.client(PlayerSer).to(p2p(first)).do({ id: "7" }, { timeoutMs: 60_000 });
    expect(await world.until(back)).toMatchObject({ number: 3 });
    expect(await world.level(8n)).toBe(1);
    await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "8" }));
    expect(owner()).not.toBe(incarnation);
    expect(world.log.at("warn")).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining("given up and begun anew") }),
    );
    expect(await world.until(two.client(PlayerSer).to(random()).do({ id: "7" }))).toMatchObject({ number: 4 });
  });

  test("and a fence that is refused for another reason costs the app nothing but that actor", async () => {
    const world = await ActorWorld.create();
    const { app, Slow } = slowPlayer();
    const one = await world.start("1", app);
    for (const id of ["7", "8"]) await world.until(one.client(PlayerSer).do({ id }));
    const { leases } = world.hub;
    const epoch = await world.store.inner.enterEpoch(leases.name);
    const counter = giveAway("test.w1/player/Slow/7", leases);
    await world.store.raiseFence({ claim: "player/Slow/7", fence: { epoch, counter } });
    await world.until(failure(one.client(PlayerSer).do({ id: "7" })));
    await world.pass(5000);
    expect(one.actors(Slow).list()).toEqual(["8"]);
    expect(await world.store.inner.enterEpoch(leases.name)).toBe(epoch);
  });

  test("pitfall 13: and where the lease store knows no newer owner it has gone back: the epoch rises, and the app begins anew", async () => {
    const world = await ActorWorld.create();
    const one = await world.start("1", playerApp(Player, levelUp));
    const { name } = world.hub.leases;
    const epoch = await world.store.inner.enterEpoch(name);
    await world.store.raiseFence({ claim: "player/Player/7", fence: { epoch, counter: 1000n } });
    const served = one.client(PlayerSer).do({ id: "7" }, { timeoutMs: 60_000 });
    expect(await world.until(served)).toMatchObject({ number: 1 });
    expect(await world.store.inner.enterEpoch(name)).toBe(epoch + 1n);
  });
});

describe("without claims", () => {
  test("LeaseMode = 0 lets every app run the actor, and the version tells when two wrote", async () => {
    const world = await ActorWorld.create();
    const { app } = slowPlayer();
    const [one, two] = [await world.start("1", app, { LeaseMode: 0 }), await world.start("2", app, { LeaseMode: 0 })];
    expect(await world.until(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }))).toMatchObject({ number: 1 });
    expect(await world.until(two.client(PlayerSer).to(p2p(second)).do({ id: "7" }))).toMatchObject({ number: 2 });
    const loser = failure(one.client(PlayerSer).to(p2p(first)).do({ id: "7" }));
    expect(await world.until(loser)).toMatchObject({ reason: "CONFLICT", code: 10 });
  });

  test("a second instance does not start where no lease plugin keeps an actor off two apps", async () => {
    const world = await ActorWorld.create();
    const app = playerApp(Player, levelUp);
    await world.start("1", app, {}, true);
    const refused = await failure(world.start("2", app, {}, true));
    expect(refused).toMatchObject({ reason: "CONFIG_INVALID", message: expect.stringContaining("Plugin.Lease") });
    await world.start("3", app, { LeaseMode: 0 }, true);
  });
});

test("of two processes with one app id the second one stops, and the first one keeps its place and its actors", async () => {
  const world = await ActorWorld.create();
  const app = playerApp(Player, levelUp);
  const one = await world.start("1", app);
  const other = await world.start("2", app);
  const calls = other.client(PlayerSer).to(p2p(first));
  await world.until(calls.do({ id: "7" }));
  expect(await world.until(failure(world.start("1", app)))).toMatchObject({
    reason: "APP_ID_TAKEN",
    message: expect.stringContaining(`${first} is in use`),
  });
  expect(await world.until(calls.do({ id: "7" }))).toMatchObject({ number: 2 });
  expect(one.actors(Player).list()).toEqual(["7"]);
  expect(await other.instances("test.w1.player")).toHaveLength(2);
});
