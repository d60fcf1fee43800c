import { create, type Message } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, test } from "vitest";
import { compileEntityFile, type FieldSpec } from "../../test/support/entity-file.ts";
import { EntityWorld, HeroEntity } from "../../test/support/entity-world.ts";
import { HeroSchema } from "../../test/support/hero.ts";
import { Code } from "../meta/code.ts";
import { M3Error } from "../meta/error.ts";
import { createEntity } from "./entity.ts";
import { EntityDb } from "./entity-db.ts";
import { defineEntity } from "./entity-definition.ts";

let world: EntityWorld;

beforeEach(async () => {
  world = await EntityWorld.create();
});

/** One version of an entity `Row`, with more fields of its own and of its part. */
function rowVersion(fields: Record<string, FieldSpec>, part: Record<string, FieldSpec>) {
  const { message, enum: find } = compileEntityFile(
    {
      Row: {
        id: { number: 1, type: "string", flag: "F_ID", primary: true },
        level: { number: 2, type: "int32", flag: "F_LEVEL" },
        part: { number: 3, type: "Part", flag: "F_PART" },
        ...fields,
      },
      Part: { x: { number: 1, type: "int32" }, ...part },
    },
    { F: { F_NONE: 0, F_ID: 1, F_LEVEL: 2, F_PART: 3, F_TITLE: 4 } },
  );
  return defineEntity(message("Row"), { table: "rows", flags: find("F") });
}

describe("a row of a newer schema", () => {
  test("keeps what this one does not know, in the entity and in messages of it", async () => {
    const newer = rowVersion(
      { title: { number: 4, type: "string", flag: "F_TITLE" } },
      { y: { number: 2, type: "string" } },
    );
    const older = rowVersion({}, {});
    const written = createEntity(newer, { db: world.db, key: "a" });
    await written.create({ level: 1, title: "Junior", part: { x: 1, y: "kept" } });

    const old = createEntity(older, { db: world.db, key: "a" });
    await old.load();
    expect(old.isDirty).toBe(false);
    const part: unknown = Reflect.get(old.data, "part");
    if (typeof part !== "object" || part === null) throw new Error("no part");
    Reflect.set(part, "x", 2);
    old.set(2, 5);
    expect(old.dirtyFlags).toEqual([2, 3]);
    await old.save();
    expect(old.isDirty).toBe(false);

    await written.reload();
    expect(written.data).toMatchObject({ level: 5, title: "Junior", part: { x: 2, y: "kept" } });
  });

  test("whose field has another type is refused, and left as it is", async () => {
    const one = rowVersion({ title: { number: 4, type: "string", flag: "F_TITLE" } }, {});
    const other = rowVersion({ title: { number: 4, type: "int32", flag: "F_TITLE" } }, {});
    const first = createEntity(one, { db: world.db, key: "a" });
    await first.create({ title: "Junior" });
    const second = createEntity(other, { db: world.db, key: "a" });
    const refusal = expect.objectContaining({ code: Code.FAILED_PRECONDITION });
    await expect(second.load({ orCreate: {} })).rejects.toThrow(refusal);
    await expect(second.load({ orCreate: {} })).rejects.toThrow(refusal);
    await first.reload();
    expect(first.data).toMatchObject({ title: "Junior" });
  });
});

describe("a row that can't be read", () => {
  function reading(row: () => Message) {
    const db = Object.assign(Object.create(world.store), { read: async () => ({ message: row(), version: 3n }) });
    return createEntity(HeroEntity, { db: new EntityDb({ db, clock: world.clock }), key: 1n });
  }

  test.each<[string, () => Message, string, Code]>([
    [
      "another key",
      () => create(HeroSchema, { id: 2n }),
      "the stored row of hero 1 has the key 2 in it",
      Code.DATA_LOSS,
    ],
    [
      "another type",
      () => create(rowVersion({}, {}).schema, {}),
      "the stored row of hero 1 is a m3test.Row",
      Code.DATA_LOSS,
    ],
    [
      "a value that does not fit",
      () => create(HeroSchema, { id: 1n, level: 1.5 }),
      "the stored row of hero 1 does not fit m3test.Hero",
      Code.DATA_LOSS,
    ],
    [
      "what the store reports",
      () => {
        throw new M3Error(Code.DATA_LOSS, "column level holds text");
      },
      "column level holds text",
      Code.DATA_LOSS,
    ],
  ])("%s: nothing overwrites it", async (_case, row, message, code) => {
    const hero = reading(row);
    const error = expect.objectContaining({ code, message: expect.stringContaining(message) });
    await expect(hero.load({ orCreate: { level: 1 } })).rejects.toThrow(error);
    await expect(hero.reload()).rejects.toThrow(error);
    expect([hero.isLoaded, world.store.written]).toEqual([false, []]);
    await expect(hero.save()).rejects.toThrow(expect.objectContaining({ reason: "NOT_LOADED" }));
  });
});
