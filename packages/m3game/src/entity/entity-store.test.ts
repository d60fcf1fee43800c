import { beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { EntityWorld, HeroEntity, type HeroHandle } from "../../test/support/entity-world.ts";
import { Code } from "../meta/code.ts";
import { EntityDb } from "./entity-db.ts";
import type { EntityQuery } from "./entity-query.ts";
import { EntityStore } from "./entity-store.ts";

const failing = (reason: string) => expect.objectContaining({ name: "M3Error", reason });

let world: EntityWorld;
let entities: EntityStore;

beforeEach(async () => {
  world = await EntityWorld.create();
  entities = new EntityStore(world.db);
});

describe("entities outside of actors", () => {
  test("are loaded, created and saved", async () => {
    expect(await entities.load(HeroEntity, 1n)).toBeUndefined();
    const hero = await entities.create(HeroEntity, "1", { name: "Guanyu" });
    hero.data.level = 5;
    await hero.save();
    await expect(entities.create(HeroEntity, 1n, {})).rejects.toThrow(failing("ENTITY_EXISTS"));
    const same = await entities.load(HeroEntity, 1n, { orCreate: { name: "other" } });
    expectTypeOf(same).toEqualTypeOf<HeroHandle>();
    expect(same.data).toMatchObject({ name: "Guanyu", level: 5 });
    expect((await entities.load(HeroEntity, 2n, { orCreate: { name: "other" } })).data.name).toBe("other");
    expect(entities.entity(HeroEntity, 3n).isLoaded).toBe(false);
    expect(() => entities.entity(HeroEntity, "x")).toThrow(failing("ENTITY_INVALID"));
  });

  test("the loser of two writers gets CONFLICT", async () => {
    const one = await entities.create(HeroEntity, 1n, { level: 1 });
    const two = await entities.load(HeroEntity, 1n);
    if (!two) throw new Error("no hero");
    one.data.level += 1;
    two.data.level += 1;
    const outcomes = await Promise.allSettled([one.save(), two.save()]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(outcomes[1]).toMatchObject({ reason: failing("CONFLICT") });
  });
});

describe("as the owner of a claim", () => {
  const owner = (counter: bigint) => ({
    ...{ id: "leader/uid", fence: { epoch: 1n, counter }, deadline: Number.POSITIVE_INFINITY },
    held: true,
    isHeld() {
      return this.held;
    },
    refused: vi.fn(),
  });

  test.each(["load", "find"] as const)(
    "from the next owner's first %s on, nothing of the one before is written",
    async (first) => {
      const old = owner(1n);
      const before = entities.ownedBy(old);
      const hero = await before.create(HeroEntity, 1n, { level: 1 });
      hero.data.level = 2;
      await hero.save();
      const after = entities.ownedBy(owner(2n));
      if (first === "load") await after.load(HeroEntity, 2n);
      else await after.find(HeroEntity);
      hero.data.level = 3;
      await expect(hero.save()).rejects.toThrow(failing("FENCED"));
      expect(old.refused).toHaveBeenCalled();
      await expect(before.create(HeroEntity, 2n, {})).rejects.toThrow(failing("FENCED"));
      await expect(before.find(HeroEntity)).rejects.toThrow(failing("FENCED"));
      expect((await after.load(HeroEntity, 1n))?.data.level).toBe(2);
    },
  );

  test("a claim that is not held any more reads and writes nothing", async () => {
    const claim = owner(1n);
    const owned = entities.ownedBy(claim);
    const hero = await owned.create(HeroEntity, 1n, { level: 1 });
    claim.held = false;
    hero.data.level = 2;
    await expect(hero.save()).rejects.toThrow(failing("NOT_OWNER"));
    await expect(owned.load(HeroEntity, 1n)).rejects.toThrow(failing("NOT_OWNER"));
    await expect(owned.find(HeroEntity)).rejects.toThrow(failing("NOT_OWNER"));
    expect((await entities.load(HeroEntity, 1n))?.data.level).toBe(1);
  });
});

describe("find", () => {
  beforeEach(async () => {
    for (const [index, name] of ["a", "b", "c", "b"].entries()) {
      await entities.create(HeroEntity, BigInt(index + 1), { name, level: index * 10 });
    }
  });

  const keys = async (query: EntityQuery<(typeof HeroEntity)["schema"]>) =>
    (await entities.find(HeroEntity, query)).entities.map(({ key }) => key);

  test.each<[EntityQuery<(typeof HeroEntity)["schema"]>, readonly bigint[]]>([
    [{}, [1n, 2n, 3n, 4n]],
    [{ where: { name: "b" } }, [2n, 4n]],
    [{ where: { name: { in: ["a", "c"] } } }, [1n, 3n]],
    [{ where: { level: { from: 10, to: 30 } } }, [2n, 3n]],
    [{ where: { level: { from: 20 } } }, [3n, 4n]],
    [{ where: { level: { to: 10 }, name: "a" } }, [1n]],
    [{ where: { id: 3n } }, [3n]],
    [{ orderBy: "name" }, [1n, 2n, 4n, 3n]],
    [{ orderBy: "level", descending: true }, [4n, 3n, 2n, 1n]],
    [{ descending: true, limit: 2 }, [4n, 3n]],
  ])("%o", async (query, expected) => {
    expect(await keys(query)).toEqual(expected);
  });

  test("page by page", async () => {
    const first = await entities.find(HeroEntity, { limit: 3 });
    const { cursor } = first;
    if (cursor === undefined) throw new Error("no cursor");
    const last = await entities.find(HeroEntity, { limit: 3, cursor });
    expect(last).toEqual({ entities: [expect.objectContaining({ key: 4n })] });
  });

  test("what is found can be changed and saved", async () => {
    const { entities: found } = await entities.find(HeroEntity, { where: { name: "c" } });
    const [hero] = found;
    if (!hero) throw new Error("no hero");
    expect([hero.isDirty, hero.version]).toEqual([false, 1n]);
    hero.data.level = 99;
    await hero.save();
    expect(await world.row(3n)).toMatchObject({ level: 99 });
  });

  test("what can't be searched is an error, never an empty page", async () => {
    await expect(keys({ where: { gold: 1n } })).rejects.toThrow(expect.objectContaining({ code: Code.UNIMPLEMENTED }));
    // @ts-expect-error: no such field
    await expect(keys({ where: { nobody: 1n } })).rejects.toThrow("m3test.Hero has no field nobody to search by");
    // @ts-expect-error: not a string
    await expect(keys({ where: { name: null } })).rejects.toThrow(failing("ENTITY_INVALID"));
    const { inner } = world.store;
    const db = {
      isAtomic: true,
      prepare: inner.prepare.bind(inner),
      read: inner.read.bind(inner),
      write: inner.write.bind(inner),
      raiseFence: inner.raiseFence.bind(inner),
      enterEpoch: inner.enterEpoch.bind(inner),
      raiseEpoch: inner.raiseEpoch.bind(inner),
      [Symbol.asyncDispose]: async () => {},
    };
    const plain = new EntityStore(new EntityDb({ db, clock: world.clock }));
    await expect(plain.find(HeroEntity)).rejects.toThrow(
      expect.objectContaining({ code: Code.UNIMPLEMENTED, message: expect.stringContaining("can't search") }),
    );
  });
});
