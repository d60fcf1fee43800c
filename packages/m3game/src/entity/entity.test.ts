import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { EntityWorld, HeroEntity, TestHost } from "../../test/support/entity-world.ts";
import { GearSchema, type Hero, HeroFlag, HeroSchema, HeroView } from "../../test/support/hero.ts";
import { createEntity } from "./entity.ts";

const failing = (reason: string) => expect.objectContaining({ name: "M3Error", reason });

let world: EntityWorld;

beforeEach(async () => {
  world = await EntityWorld.create();
});

describe("data", () => {
  test("is there once it was loaded or created", async () => {
    const hero = world.hero(1n);
    expect(() => hero.data).toThrow(failing("NOT_LOADED"));
    expect(() => hero.get(HeroFlag.name)).toThrow(failing("NOT_LOADED"));
    expect(() => hero.view(HeroView.BRIEF)).toThrow(failing("NOT_LOADED"));
    await expect(hero.save()).rejects.toThrow(failing("NOT_LOADED"));
    await expect(hero.delete()).rejects.toThrow(failing("NOT_LOADED"));
    expect([hero.isLoaded, hero.isDirty, hero.dirtyFlags, hero.version]).toEqual([false, false, [], 0n]);

    expect(await hero.load()).toBe(false);
    expect(() => hero.data).toThrow("hero 1 has no data: await its load() or create() first");

    await hero.create({ name: "Guanyu" });
    expect(hero.data).toEqual(create(HeroSchema, { id: 1n, name: "Guanyu" }));
    expect([hero.isLoaded, hero.isDirty, hero.key]).toEqual([true, false, 1n]);
    expect(hero.version).toBeGreaterThan(0n);
    expectTypeOf(hero.data).toEqualTypeOf<Hero>();
  });

  test("load says whether the row was there, and creates it when asked to", async () => {
    expect(await world.hero(1n).load({ orCreate: { name: "new" } })).toBe(false);
    const again = world.hero(1n);
    expect(await again.load({ orCreate: { name: "newer" } })).toBe(true);
    expect(again.data.name).toBe("new");
  });

  test("a second load reads nothing and keeps the changes, reload drops them", async () => {
    const hero = await world.stored(1n);
    hero.data.level = 9;
    const { readCount } = world.store;
    expect(await hero.load()).toBe(true);
    expect([hero.data.level, world.store.readCount]).toEqual([9, readCount]);
    expect(await hero.reload()).toBe(true);
    expect([hero.data.level, hero.isDirty]).toEqual([1, false]);
  });

  test.each(["created", "loaded"])(
    "bytes that change in place are not changed in the store before they are saved: %s",
    async (how) => {
      const creator = world.hero(1n);
      await creator.create({ blob: new Uint8Array([1, 2, 3]) });
      const hero = how === "created" ? creator : await world.stored(1n);
      hero.data.blob[0] = 9;
      expect((await world.row(1n))?.blob).toEqual(new Uint8Array([1, 2, 3]));
      expect(hero.dirtyFlags).toEqual([HeroFlag.blob]);
      await hero.save();
      hero.data.blob[0] = 8;
      expect((await world.row(1n))?.blob).toEqual(new Uint8Array([9, 2, 3]));
      expect(hero.isDirty).toBe(true);
    },
  );

  test("what it is created with is not shared", async () => {
    const gear = create(GearSchema, { name: "spear" });
    const init = { gear };
    const [one, two] = [world.hero(1n), world.hero(2n)];
    await one.load({ orCreate: init });
    await two.create(init);
    if (one.data.gear) one.data.gear.name = "axe";
    expect([gear.name, two.data.gear?.name]).toEqual(["spear", "spear"]);
    expect(init).toEqual({ gear });
  });

  test("a row is created once", async () => {
    const [one, two] = [world.hero(1n), world.hero(1n)];
    await Promise.all([one.load(), two.load()]);
    await one.create({ name: "one" });
    await expect(two.create({ name: "two" })).rejects.toThrow(failing("ENTITY_EXISTS"));
    await expect(one.create({ name: "again" })).rejects.toThrow(failing("ENTITY_EXISTS"));
    expect(await two.load()).toBe(true);
    expect(two.data.name).toBe("one");
  });

  test("load with orCreate takes what another created meanwhile", async () => {
    const [one, two] = [world.hero(1n), world.hero(1n)];
    world.store.writes.push("held");
    const creating = one.load({ orCreate: { name: "one" } });
    await world.store.holds();
    expect(await two.load({ orCreate: { name: "two" } })).toBe(false);
    world.store.release();
    expect(await creating).toBe(true);
    expect(one.data.name).toBe("two");
  });

  test("a key that does not fit, or another than its own", async () => {
    const make = (key: string) => createEntity(HeroEntity, { db: world.db, key });
    expect(make("12").key).toBe(12n);
    expect(() => make("twelve")).toThrow(failing("ENTITY_INVALID"));
    await expect(world.hero(1n).create({ id: 2n })).rejects.toThrow(failing("ENTITY_INVALID"));
    await world.hero(1n).create({ id: 1n });
  });

  test("a value that can't be encoded is not created", async () => {
    await expect(world.hero(1n).create({ level: 1.5 })).rejects.toThrow(failing("ENTITY_INVALID"));
    expect(await world.row(1n)).toBeUndefined();
  });
});

describe("changes", () => {
  test("are found at any depth, and are gone when they are undone", async () => {
    const hero = world.hero(1n);
    await hero.create({
      gear: { parts: [{ name: "tip" }] },
      slots: { head: { name: "hat" } },
      blob: new Uint8Array(3),
    });
    const part = hero.data.gear?.parts[0];
    if (part === undefined) throw new Error("no part");
    part.name = "top";
    hero.data.blob[1] = 5;
    hero.data.slots.feet = create(GearSchema);
    hero.data.extra = { case: "text", value: "" };
    expect(hero.isDirty).toBe(true);
    expect(hero.dirtyFlags).toEqual([HeroFlag.blob, HeroFlag.gear, HeroFlag.slots, HeroFlag.text]);
    expectTypeOf(hero.dirtyFlags).toEqualTypeOf<readonly HeroFlag[]>();
    part.name = "tip";
    hero.data.blob[1] = 0;
    delete hero.data.slots.feet;
    hero.data.extra = { case: undefined };
    expect([hero.isDirty, hero.dirtyFlags]).toEqual([false, []]);
  });

  test("by flag", async () => {
    const host = new TestHost("hero/1");
    const hero = await world.stored(1n, host);
    hero.set(HeroFlag.level, 7);
    hero.set(HeroFlag.bag, [create(GearSchema, { name: "a" })]);
    hero.set(HeroFlag.counts, { 1: 2n });
    hero.set(HeroFlag.gear, create(GearSchema, { name: "g" }));
    hero.set(HeroFlag.number, -3);
    hero.set(HeroFlag.nick, "x");
    expect(hero.data).toEqual(
      create(HeroSchema, {
        id: 1n,
        name: "hero 1",
        level: 7,
        bag: [{ name: "a" }],
        counts: { 1: 2n },
        gear: { name: "g" },
        extra: { case: "number", value: -3 },
        nick: "x",
      }),
    );
    expect(hero.get(HeroFlag.number)).toBe(-3);
    expect(hero.get(HeroFlag.text)).toBeUndefined();
    expect(hero.get(HeroFlag.bag)).toBe(hero.data.bag);
    hero.set(HeroFlag.nick, undefined);
    hero.set(HeroFlag.number, undefined);
    hero.set(HeroFlag.level, undefined);
    expect([hero.data.nick, hero.data.extra.case, hero.data.level]).toEqual([undefined, undefined, 0]);
    expect(host.changes).toBe(9);
  });

  test.each([
    ["the key", HeroFlag.id, 5n],
    ["a number for a string", HeroFlag.name, 5],
    ["a fraction for an integer", HeroFlag.level, 1.5],
    ["too great a number", HeroFlag.level, 2 ** 31],
    ["a negative number for an unsigned one", HeroFlag.gold, -1n],
    ["a string for bytes", HeroFlag.blob, "abc"],
    ["another message", HeroFlag.gear, create(HeroSchema)],
    ["no array", HeroFlag.scores, 5],
    ["an array with something else in it", HeroFlag.scores, [1, "2"]],
    ["an array with another message in it", HeroFlag.bag, [create(HeroSchema)]],
    ["no map", HeroFlag.counts, [1n]],
    ["a map with another key", HeroFlag.counts, { x: 1n }],
  ])("by flag: refuses %s", async (_case, flag, value) => {
    const hero = await world.stored(1n);
    const before = structuredClone(hero.data);
    // What a caller without types may pass.
    expect(() => Reflect.apply(hero.set, hero, [flag, value])).toThrow(failing("ENTITY_INVALID"));
    expect(hero.data).toEqual(before);
  });

  test("a view is a copy of what its readers may see", async () => {
    const hero = await world.stored(1n);
    const view = hero.view(HeroView.BRIEF);
    expectTypeOf(view).toEqualTypeOf<Hero>();
    expect(view).toEqual(create(HeroSchema, { id: 1n, name: "hero 1" }));
    expect(hero.data.level).toBe(1);
  });
});

describe("save", () => {
  test("writes the fields that changed, and only then", async () => {
    const hero = await world.stored(1n);
    world.store.written.length = 0;
    await hero.save();
    expect(world.store.written).toEqual([]);
    hero.data.level = 2;
    hero.data.bag.push(create(GearSchema, { name: "b" }));
    const { version } = hero;
    await hero.save();
    expect([hero.isDirty, hero.version]).toEqual([false, version + 1n]);
    expect(world.store.written).toEqual([
      [
        {
          writes: [
            {
              kind: "update",
              table: HeroEntity.table,
              key: 1n,
              version,
              fields: [HeroSchema.field.level, HeroSchema.field.bag],
              message: create(HeroSchema, { level: 2, bag: [{ name: "b" }] }),
            },
          ],
        },
      ],
    ]);
    expect(await world.row(1n)).toEqual(hero.data);
  });

  test("what changes meanwhile stays dirty and is written next", async () => {
    const hero = await world.stored(1n);
    hero.data.level = 2;
    world.store.writes.push("held");
    const saving = hero.save();
    await world.store.holds();
    hero.data.level = 3;
    hero.data.name = "other";
    world.store.release();
    await saving;
    expect(hero.dirtyFlags).toEqual([HeroFlag.name, HeroFlag.level]);
    expect(await world.row(1n)).toMatchObject({ level: 2, name: "hero 1" });
    await hero.save();
    expect(await world.row(1n)).toEqual(hero.data);
  });

  test("several at a time run one after the other", async () => {
    const hero = await world.stored(1n);
    const saves = [2, 3, 4].map((level) => {
      hero.data.level = level;
      return hero.save();
    });
    await Promise.all(saves);
    expect(await world.row(1n)).toMatchObject({ level: 4 });
    expect(hero.isDirty).toBe(false);
  });

  test("a failure leaves everything dirty", async () => {
    const hero = await world.stored(1n);
    hero.data.level = 2;
    world.store.writes.push("down");
    await expect(hero.save()).rejects.toThrow("the store is down");
    expect(hero.dirtyFlags).toEqual([HeroFlag.level]);
    await hero.save();
    expect(await world.row(1n)).toMatchObject({ level: 2 });
  });

  test("refuses a changed key and a value that can't be encoded", async () => {
    const hero = await world.stored(1n);
    hero.data.id = 2n;
    await expect(hero.save()).rejects.toThrow("m3test.Hero.id is the key and can't change: put it back");
    hero.data.id = 1n;
    hero.data.level = 1.5;
    await expect(hero.save()).rejects.toThrow(failing("ENTITY_INVALID"));
    expect(() => hero.isDirty).toThrow("hero 1 can't be saved: cannot encode field m3test.Hero.level");
    hero.data.level = 5;
    await hero.save();
    expect(await world.row(1n)).toMatchObject({ id: 1n, level: 5 });
  });

  test("of two writers one gets CONFLICT, and can do it again after a reload", async () => {
    const [one, two] = [await world.stored(1n), await world.stored(1n)];
    one.data.level += 1;
    two.data.level += 1;
    await one.save();
    await expect(two.save()).rejects.toThrow(failing("CONFLICT"));
    await expect(two.save()).rejects.toThrow(failing("CONFLICT"));
    await expect(two.delete()).rejects.toThrow(failing("CONFLICT"));
    expect(two.data.level).toBe(2);
    expect(await two.reload()).toBe(true);
    two.data.level += 1;
    await two.save();
    expect(await world.row(1n)).toMatchObject({ level: 3 });
  });

  test("a row that is gone is a CONFLICT, and reload says so", async () => {
    const [one, two] = [await world.stored(1n), await world.stored(1n)];
    await one.delete();
    two.data.level = 5;
    await expect(two.save()).rejects.toThrow(failing("CONFLICT"));
    expect(await two.reload()).toBe(false);
    await two.create({ level: 7 });
    expect(await world.row(1n)).toMatchObject({ level: 7 });
  });

  test("a delete takes row and data away, once", async () => {
    const hero = await world.stored(1n);
    await hero.delete();
    expect(() => hero.data).toThrow(failing("NOT_LOADED"));
    expect([hero.version, await world.row(1n)]).toEqual([0n, undefined]);
    await expect(hero.delete()).rejects.toThrow(failing("NOT_LOADED"));
    await hero.create({ level: 2 });
    expect(await world.row(1n)).toMatchObject({ level: 2 });
  });

  test("tables are made ready once, and again after a failure", async () => {
    const { store } = world;
    await Promise.all([world.stored(1n), world.stored(2n)]);
    expect(store.prepared).toBe(1);
    const other = await EntityWorld.create();
    other.store.prepares.push("down");
    await expect(other.stored(1n)).rejects.toThrow("the store is down");
    await other.stored(1n);
    expect(other.store.prepared).toBe(2);
  });
});

describe("time limits", () => {
  test("a read that takes too long is DEADLINE", async () => {
    world.store.reads.push("held");
    const loading = world.hero(1n).load();
    await world.store.holds();
    world.clock.advance(5000);
    await expect(loading).rejects.toThrow(failing("DEADLINE"));
  });

  test("a write that had not left is DEADLINE", async () => {
    const hero = await world.stored(1n);
    hero.data.level = 2;
    world.store.writes.push("held");
    const saving = hero.save();
    await world.store.holds();
    world.clock.advance(5000);
    await expect(saving).rejects.toThrow(failing("DEADLINE"));
    expect(hero.isDirty).toBe(true);
  });

  test("no call outlasts ownership", async () => {
    const host = new TestHost("hero/1", 1n);
    host.until = 1000;
    const hero = await world.stored(1n, host);
    hero.data.level = 2;
    world.store.writes.push("held");
    const saving = hero.save();
    await world.store.holds();
    world.clock.advance(999);
    expect(world.clock.pending).toBe(1);
    world.clock.advance(1);
    await expect(saving).rejects.toThrow(failing("DEADLINE"));
    expect(world.clock.pending).toBe(0);
  });
});
