import { create, isMessage, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { compileEntityFile } from "../../test/support/entity-file.ts";
import { GearSchema, HeroSchema } from "../../test/support/hero.ts";
import { compileView, cutMessage } from "./view-cut.ts";

const gear = (name: string) => create(GearSchema, { name, power: 5n, secret: "s", data: new Uint8Array([1, 2]) });
const hero = create(HeroSchema, {
  id: 7n,
  name: "Guanyu",
  level: 3,
  gold: 9n,
  blob: new Uint8Array([1]),
  gear: { ...gear("spear"), inner: gear("tip"), parts: [gear("pole")], named: { grip: gear("grip") } },
  bag: [gear("a"), gear("b")],
  scores: [1, 2],
  slots: { head: gear("hat") },
  counts: { 1: 2n },
  nick: "Yun",
  extra: { case: "item", value: gear("ring") },
});

describe("a view", () => {
  test("keeps what it whitelists, and messages as far as something in them is kept, in lists and maps element by element", () => {
    const brief = cutMessage(compileView(HeroSchema, "BRIEF"), hero);
    const only = (name: string) => create(GearSchema, { name });
    expect(brief).toEqual(
      create(HeroSchema, {
        id: 7n,
        name: "Guanyu",
        gear: { name: "spear", inner: only("tip"), parts: [only("pole")], named: { grip: only("grip") } },
        bag: [only("a"), only("b")],
        slots: { head: only("hat") },
        extra: { case: "item", value: only("ring") },
      }),
    );
  });

  test("black wins over white, also below what is kept whole", () => {
    const friend = cutMessage(compileView(HeroSchema, "FRIEND"), hero);
    expect(friend).toEqual(
      create(HeroSchema, {
        id: 7n,
        name: "Guanyu",
        level: 3,
        blob: new Uint8Array([1]),
        scores: [1, 2],
        extra: { case: "item", value: { ...gear("ring"), secret: "" } },
      }),
    );
  });

  test("black wins over white at one field", () => {
    const file = compileEntityFile(
      { Row: { a: { number: 1, type: "int32", wflag: "V", bflag: "V" }, b: { number: 2, type: "int32", wflag: "V" } } },
      {},
    );
    const schema = file.message("Row");
    expect(cutMessage(compileView(schema, "V"), create(schema, { a: 1, b: 2 }))).toEqual(create(schema, { b: 2 }));
  });

  test("a view that keeps nothing is empty, and ends for types that hold themselves", () => {
    expect(cutMessage(compileView(HeroSchema, "NOBODY"), hero)).toEqual(create(HeroSchema));
    const recursive = compileEntityFile({ A: { b: { number: 1, type: "B" } }, B: { a: { number: 1, type: "A" } } }, {});
    const schema = recursive.message("A");
    expect(cutMessage(compileView(schema, "V"), create(schema, { b: { a: {} } }))).toEqual(create(schema));
  });

  test("does not reach a white field through a black one", () => {
    const file = compileEntityFile(
      { A: { b: { number: 1, type: "B", bflag: "V" } }, B: { x: { number: 1, type: "int32", wflag: "V" } } },
      {},
    );
    const schema = file.message("A");
    expect(cutMessage(compileView(schema, "V"), create(schema, { b: { x: 1 } }))).toEqual(create(schema));
  });

  test("is a copy: changing it changes nothing else", () => {
    const before = toBinary(HeroSchema, hero);
    const friend = cutMessage(compileView(HeroSchema, "FRIEND"), hero);
    if (!isMessage(friend, HeroSchema) || friend.extra.case !== "item") throw new TypeError("not the view");
    friend.scores.push(99);
    friend.blob[0] = 77;
    friend.extra.value.data[0] = 77;
    friend.extra.value.name = "other";
    expect(toBinary(HeroSchema, hero)).toEqual(before);
  });

  test("drops fields that the schema does not know", () => {
    const strange = create(GearSchema, { name: "x" });
    strange.$unknown = [{ no: 99, wireType: 0, data: new Uint8Array([1]) }];
    const cut = cutMessage(
      compileView(HeroSchema, "FRIEND"),
      create(HeroSchema, { extra: { case: "item", value: strange } }),
    );
    expect(cut).toEqual(create(HeroSchema, { extra: { case: "item", value: { name: "x" } } }));
  });
});
