import { describe, expect, expectTypeOf, test } from "vitest";
import { compileEntityFile, type FieldSpec } from "../../test/support/entity-file.ts";
import { HeroFlag, HeroFlagSchema, HeroSchema, HeroView, HeroViewSchema } from "../../test/support/hero.ts";
import { isM3Error } from "../meta/error.ts";
import { defineEntity } from "./entity-definition.ts";

const id: FieldSpec = { number: 1, type: "string", flag: "F_ID", primary: true };

/** The problems with a message `Row` and the enums F (flags) and V (views). */
function problems(
  row: Readonly<Record<string, FieldSpec>>,
  {
    flags = { F_NONE: 0, F_ID: 1, F_NAME: 2 },
    views = { V_NONE: 0, V_ALL: 1 },
    part = { x: { number: 1, type: "int32" } },
    table = "row",
    indexed = [],
  }: {
    flags?: Record<string, number>;
    views?: Record<string, number>;
    part?: Record<string, FieldSpec>;
    table?: string;
    indexed?: string[];
  } = {},
): readonly string[] {
  const file = compileEntityFile({ Row: row, Part: part }, { F: flags, V: views });
  try {
    defineEntity(file.message("Row"), { table, flags: file.enum("F"), views: file.enum("V"), indexed });
  } catch (error) {
    if (isM3Error(error) && error.reason === "PROTO_INVALID") return error.message.split("\n");
    throw error;
  }
  return [];
}

const at = (field: string) => `m3test/hero.proto: message m3test.Row: field ${field}: `;

describe("defineEntity", () => {
  test("derives key, table and fields", () => {
    const HeroEntity = defineEntity(HeroSchema, { table: "hero", flags: HeroFlagSchema, indexed: ["name", "number"] });
    expect(HeroEntity.table).toEqual({
      name: "hero",
      schema: HeroSchema,
      key: HeroSchema.field.id,
      indexed: [HeroSchema.field.name, HeroSchema.field.number],
    });
    expect(HeroEntity.shared).toBe(false);
    expect(HeroEntity.field(HeroFlag.bag)).toBe(HeroSchema.field.bag);
    expect(HeroEntity.flag(HeroSchema.field.item)).toBe(HeroFlag.item);
    expect(HeroEntity.key("12")).toBe(12n);
    expectTypeOf(HeroEntity.field).parameter(0).toEqualTypeOf<HeroFlag>();
    expectTypeOf(HeroEntity.view).parameter(0).toEqualTypeOf<never>();
    // @ts-expect-error: no field of this name
    expect(() => defineEntity(HeroSchema, { table: "hero", flags: HeroFlagSchema, indexed: ["nam"] })).toThrow();
  });

  test("an id becomes a key as declared", () => {
    const byName = defineEntity(HeroSchema, {
      table: "hero",
      flags: HeroFlagSchema,
      key: (actorId) => actorId.replace("hero-", ""),
    });
    expect(byName.key("hero-5")).toBe(5n);
    expect(byName.key(5n)).toBe(5n);
    expect(() => byName.key("five")).toThrow(expect.objectContaining({ reason: "ENTITY_INVALID" }));
  });

  test("nothing is wrong with a good one", () => {
    expect(problems({ id, name: { number: 2, type: "string", flag: "F_NAME", wflag: "V_ALL" } })).toEqual([]);
  });

  test.each<[string, Parameters<typeof problems>, readonly string[]]>([
    [
      "no key",
      [{ name: { number: 2, type: "string", flag: "F_NAME" } }],
      [
        'm3test/hero.proto: message m3test.Row: no field is the key; write [(dbfield_option) = { flag: "…" primary: true }] at one',
      ],
    ],
    [
      "two keys",
      [{ id, name: { number: 2, type: "string", flag: "F_NAME", primary: true } }],
      [
        "m3test/hero.proto: message m3test.Row: the fields id, name are all primary; leave primary: true at one of them",
      ],
    ],
    [
      "a key that can't be one",
      [{ id: { number: 1, type: "double", flag: "F_ID", primary: true } }],
      [`${at("id")}a key must be a single string or integer outside any oneof`],
    ],
    [
      "a field without an option",
      [{ id, name: { number: 2, type: "string" } }],
      [`${at("name")}no dbfield_option; write [(dbfield_option) = { flag: "F_NAME" }]`],
    ],
    [
      "an option without a flag, and none in the enum",
      [{ id, name: { number: 3, type: "string", primary: false } }],
      [`${at("name")}dbfield_option has no flag; write [(dbfield_option) = { flag: "Fname" }]`],
    ],
    [
      "a flag that is not in the enum",
      [{ id, name: { number: 3, type: "string", flag: "F_OTHER" } }],
      [`${at("name")}flag F_OTHER is not in enum m3test.F; add F_OTHER = 3; to it`],
    ],
    [
      "a flag with another name in the enum",
      [{ id, name: { number: 2, type: "string", flag: "F_TITLE" } }],
      [`${at("name")}flag F_TITLE is not in enum m3test.F; its value 2 is F_NAME: use that name in both places`],
    ],
    [
      "a flag with another number",
      [{ id, name: { number: 3, type: "string", flag: "F_NAME" } }],
      [`${at("name")}flag F_NAME is 2 in enum m3test.F, the field's number is 3; write F_NAME = 3; there`],
    ],
    [
      "the flag 0",
      [{ id, name: { number: 2, type: "string", flag: "F_NONE" } }],
      [
        `${at("name")}flag F_NONE is 0 in enum m3test.F (0 stands for no field), the field's number is 2; write F_NONE = 2; there`,
      ],
    ],
    [
      "a view that is not in the enum, also in a message below",
      [
        { id, name: { number: 2, type: "Part", flag: "F_NAME", wflag: "V_ALL, V_SOME" } },
        { part: { x: { number: 1, type: "Part", bflag: "V_NOBODY" } } },
      ],
      [
        `${at("name")}wflag names V_SOME, which is not in enum m3test.V; write one of V_NONE, V_ALL`,
        "m3test/hero.proto: message m3test.Part: field x: bflag names V_NOBODY, which is not in enum m3test.V; write one of V_NONE, V_ALL",
      ],
    ],
    [
      "too many views",
      [{ id }, { views: Object.fromEntries(Array.from({ length: 66 }, (_, index) => [`V_${index}`, index])) }],
      ["m3test/hero.proto: enum m3test.V has 65 views; leave at most 64"],
    ],
    [
      "a table without a name",
      [{ id }, { table: "my-table" }],
      [
        'm3test/hero.proto: message m3test.Row: table "my-table" is no name; write a letter and then letters, digits and _, at most 48 in all',
      ],
    ],
    [
      "an index of what can't be searched",
      [{ id, name: { number: 2, type: "bytes", flag: "F_NAME" } }, { indexed: ["name", "nobody"] }],
      [
        'm3test/hero.proto: message m3test.Row: indexed "name" can\'t be searched; index single strings, numbers, enums and bools',
        'm3test/hero.proto: message m3test.Row: indexed "nobody" is no field; name one as it is in TypeScript: id, name',
      ],
    ],
  ])("%s", (_case, args, expected) => {
    expect(problems(...args)).toEqual(expected);
  });

  test("all problems are reported at once", () => {
    expect(problems({ name: { number: 2, type: "string" }, other: { number: 3, type: "string" } })).toHaveLength(3);
  });

  test("64 views are fine", () => {
    const views = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`V_${index}`, index]));
    expect(problems({ id }, { views })).toEqual([]);
  });

  test("a flag or view that is none", () => {
    const HeroEntity = defineEntity(HeroSchema, { table: "hero", flags: HeroFlagSchema, views: HeroViewSchema });
    // @ts-expect-error: not of the enum
    expect(() => HeroEntity.field(99)).toThrow("m3test.Hero has no field with flag 99: use a value of m3test.HeroFlag");
    // @ts-expect-error: not of the enum
    expect(() => HeroEntity.view(9)).toThrow("m3test.Hero has no view 9: use a value of m3test.HeroView");
    expect(HeroEntity.view(HeroView.BRIEF).desc).toBe(HeroSchema);
  });
});
