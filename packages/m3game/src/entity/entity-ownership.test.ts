import { beforeEach, describe, expect, test } from "vitest";
import { EntityWorld, SharedHeroEntity, TestHost } from "../../test/support/entity-world.ts";
import { HeroFlag } from "../../test/support/hero.ts";
import type { Fault } from "../../test/support/scripted-db.ts";

const failing = (reason: string) => expect.objectContaining({ name: "M3Error", reason });

let world: EntityWorld;

beforeEach(async () => {
  world = await EntityWorld.create();
});

describe("an entity of an actor", () => {
  test("is neither read nor written by an app that does not own it", async () => {
    const host = new TestHost("hero/1", 1n);
    const hero = await world.stored(1n, host);
    hero.data.level = 2;
    host.owned = false;
    world.store.written.length = 0;
    const { readCount } = world.store;
    await expect(hero.save()).rejects.toThrow(failing("NOT_OWNER"));
    await expect(hero.delete()).rejects.toThrow(failing("NOT_OWNER"));
    await expect(hero.reload()).rejects.toThrow(failing("NOT_OWNER"));
    await expect(world.hero(2n, host).load()).rejects.toThrow(failing("NOT_OWNER"));
    expect([world.store.written, world.store.readCount]).toEqual([[], readCount]);
    expect(host.fenced).toEqual([]);
  });

  test("does not take what it read when ownership went meanwhile", async () => {
    const host = new TestHost("hero/1", 1n);
    await world.stored(1n);
    world.store.reads.push("held");
    const hero = world.hero(1n, host);
    const loading = hero.load();
    await world.store.holds();
    host.owned = false;
    world.store.release();
    await expect(loading).rejects.toThrow(failing("NOT_OWNER"));
    expect(hero.isLoaded).toBe(false);
  });

  test("raises the fence with its first read: an older owner is FENCED, once and for all", async () => {
    const [oldHost, newHost] = [new TestHost("hero/1", 1n), new TestHost("hero/1", 2n)];
    const old = await world.stored(1n, oldHost);
    old.data.level = 5;
    await world.stored(1n, newHost);
    await expect(old.save()).rejects.toThrow(failing("FENCED"));
    expect(oldHost.fenced).toEqual([failing("FENCED")]);
    const { length } = world.store.written;
    await expect(old.save()).rejects.toThrow(failing("FENCED"));
    await expect(old.reload()).rejects.toThrow(failing("FENCED"));
    await expect(old.load()).rejects.toThrow(failing("FENCED"));
    expect(world.store.written.length).toBe(length);
    expect(await world.row(1n)).toMatchObject({ level: 1 });
    await expect(world.hero(1n, oldHost).load()).rejects.toThrow(failing("FENCED"));
    expect(newHost.fenced).toEqual([]);
  });

  test("pitfall 18: a late create by an older owner is FENCED", async () => {
    const [oldHost, newHost] = [new TestHost("hero/1", 1n), new TestHost("hero/1", 2n)];
    const old = world.hero(1n, oldHost);
    expect(await old.load()).toBe(false);
    expect(await world.hero(1n, newHost).load()).toBe(false);
    await expect(old.create({ level: 9 })).rejects.toThrow(failing("FENCED"));
    expect(await world.row(1n)).toBeUndefined();
  });

  test("pitfall 3: a write that was on its way when a new owner came changes nothing", async () => {
    const [oldHost, newHost] = [new TestHost("hero/1", 1n), new TestHost("hero/1", 2n)];
    const old = await world.stored(1n, oldHost);
    old.data.level = 5;
    world.store.writes.push("held");
    const saving = old.save();
    await world.store.holds();
    const hero = world.hero(1n, newHost);
    await hero.load();
    world.store.release();
    await expect(saving).rejects.toThrow(failing("FENCED"));
    expect(hero.data.level).toBe(1);
    hero.data.level = 2;
    await hero.save();
    expect(await world.row(1n)).toMatchObject({ level: 2 });
  });

  test("pitfall 18: one row may be written by two actors in turn", async () => {
    // Fences of different claims say nothing about each other: slot 2 has an older one.
    const [slot1, slot2] = [new TestHost("slot/1", 900n), new TestHost("slot/2", 500n)];
    const first = await world.stored(1n, slot1, SharedHeroEntity);
    await first.delete();
    const second = world.hero(1n, slot2, SharedHeroEntity);
    await second.load({ orCreate: { level: 7 } });
    expect(await first.load()).toBe(true);
    first.data.level = 8;
    await first.save();
    second.data.level = 9;
    await expect(second.save()).rejects.toThrow(failing("CONFLICT"));
    expect([slot1.fenced, slot2.fenced]).toEqual([[], []]);
  });

  test("without claims the version decides", async () => {
    const [a, b] = [new TestHost("hero/1"), new TestHost("hero/1")];
    const [one, two] = [await world.stored(1n, a), await world.stored(1n, b)];
    one.data.level = 2;
    two.data.level = 3;
    await one.save();
    await expect(two.save()).rejects.toThrow(failing("CONFLICT"));
    expect(b.fenced).toEqual([]);
  });
});

describe("a lost answer", () => {
  test.each(["lost", "late"] as const)("is settled at once: %s", async (fault) => {
    const hero = await world.stored(1n, new TestHost("hero/1", 1n));
    hero.data.level = 2;
    world.store.writes.push(fault);
    await hero.save();
    expect([hero.isDirty, (await world.row(1n))?.level]).toEqual([false, 2]);
    // The write that was late is refused by its version.
    await world.store.deliver();
    hero.data.level = 3;
    await hero.save();
    expect(await world.row(1n)).toEqual(hero.data);
  });

  test.each<[Fault[], ("down" | undefined)[]]>([
    [["lost", "down"], []],
    [["lost", "lost"], []],
    [["lost"], ["down"]],
    [["late", "down"], []],
    [["late", "late"], []],
  ])(
    "stays UNKNOWN_OUTCOME until it can be settled, which comes before the next write: %j %j",
    async (writes, reads) => {
      const host = new TestHost("hero/1", 1n);
      const hero = await world.stored(1n, host);
      hero.data.level = 2;
      world.store.writes.push(...writes);
      world.store.reads.push(...reads);
      await expect(hero.save()).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
      hero.data.level = 3;
      hero.data.name = "other";
      await world.store.deliver();
      await hero.save();
      expect(await world.row(1n)).toEqual(hero.data);
      expect(hero.isDirty).toBe(false);
      expect(host.failed).toEqual([]);
    },
  );

  test("a late write that lands between is found by reading the row", async () => {
    const hero = await world.stored(1n, new TestHost("hero/1", 1n));
    hero.data.level = 2;
    world.store.writes.push("late", "down");
    await expect(hero.save()).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
    await world.store.deliver();
    hero.data.level = 1;
    expect(hero.isDirty).toBe(false);
    await hero.save();
    expect(await world.row(1n)).toMatchObject({ level: 1 });
  });

  test.each(["lost", "late"] as const)("of a create: %s", async (fault) => {
    const hero = world.hero(1n, new TestHost("hero/1", 1n));
    await hero.load();
    world.store.writes.push(fault, "down");
    await expect(hero.create({ level: 4 })).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
    expect(hero.isLoaded).toBe(false);
    await world.store.deliver();
    expect(await hero.load()).toBe(true);
    expect(hero.data.level).toBe(4);
    hero.data.level = 5;
    await hero.save();
    expect(await world.row(1n)).toMatchObject({ level: 5 });
  });

  test.each(["lost", "late"] as const)("of a delete: %s", async (fault) => {
    const hero = await world.stored(1n, new TestHost("hero/1", 1n));
    world.store.writes.push(fault);
    await hero.delete();
    await world.store.deliver();
    expect([hero.isLoaded, await world.row(1n)]).toEqual([false, undefined]);
  });

  test("nobody guesses where others write too: the same content may be another's", async () => {
    const [one, two] = [await world.stored(1n), await world.stored(1n)];
    // Both count up, the first wins, and the other's answer is lost.
    one.data.level += 1;
    await one.save();
    two.data.level += 1;
    world.store.writes.push("late");
    await expect(two.save()).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
    await expect(two.save()).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
    await two.reload();
    two.data.level += 1;
    await two.save();
    expect(await world.row(1n)).toMatchObject({ level: 3 });
  });

  test("nor for an entity that several actors write", async () => {
    const [host, other] = [new TestHost("slot/1", 1n), new TestHost("slot/2", 1n)];
    const one = await world.stored(1n, host, SharedHeroEntity);
    const two = await world.stored(1n, other, SharedHeroEntity);
    one.data.level += 1;
    await one.save();
    two.data.level += 1;
    world.store.writes.push("late");
    await expect(two.save()).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
  });

  test("other content at the next version was another's for certain", async () => {
    const [one, two] = [await world.stored(1n), await world.stored(1n)];
    one.data.name = "one";
    await one.save();
    two.data.level = 2;
    world.store.writes.push("late");
    await expect(two.save()).rejects.toThrow(failing("CONFLICT"));
  });

  test("an owner that was taken over finds out that it is FENCED", async () => {
    const [oldHost, newHost] = [new TestHost("hero/1", 1n), new TestHost("hero/1", 2n)];
    const old = await world.stored(1n, oldHost);
    old.data.level = 2;
    world.store.writes.push("late", "down");
    await expect(old.save()).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
    const hero = world.hero(1n, newHost);
    await hero.load();
    await world.store.deliver();
    await expect(old.save()).rejects.toThrow(failing("FENCED"));
    expect([hero.data.level, (await world.row(1n))?.level]).toEqual([1, 1]);
  });

  test("reload forgets it", async () => {
    const hero = await world.stored(1n);
    hero.data.level = 2;
    world.store.writes.push("late", "down");
    await expect(hero.save()).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
    expect(await hero.reload()).toBe(true);
    expect([hero.data.level, hero.dirtyFlags]).toEqual([1, []]);
    hero.set(HeroFlag.level, 6);
    await hero.save();
    expect(await world.row(1n)).toMatchObject({ level: 6 });
  });
});
