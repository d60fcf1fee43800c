import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, test } from "vitest";
import { HeroSchema } from "../../test/support/hero.ts";
import { fieldComparer, pickFields } from "./changed-fields.ts";

const compare = fieldComparer(new Map(HeroSchema.fields.map((field) => [field.number, field])));
const changed = (before: Uint8Array, after: Uint8Array) => compare(before, after).map(({ number }) => number);
type HeroInit = Exclude<MessageInitShape<typeof HeroSchema>, { $typeName: string }>;
const encode = (init: HeroInit) => toBinary(HeroSchema, create(HeroSchema, init));
const full = {
  id: 1n,
  name: "a",
  level: -1,
  ratio: 1.5,
  alive: true,
  gear: { name: "g", parts: [{ name: "p" }] },
  bag: [{ name: "a" }, { name: "b" }],
  scores: [1, 2, 3],
  slots: { x: { name: "x" }, y: {} },
  nick: "",
  extra: { case: "number", value: -5 },
} as const satisfies HeroInit;

describe("fieldComparer", () => {
  test.each<[string, HeroInit, readonly number[]]>([
    ["nothing", {}, []],
    ["the first and the last", { id: 2n, extra: { case: "item", value: {} } }, [1, 15, 16]],
    ["one that appears", { gold: 2n ** 64n - 1n }, [4]],
    ["one that goes", { name: "" }, [2]],
    ["one of the same length", { level: -2 }, [3]],
    ["a fixed width", { ratio: -0 }, [5]],
    ["deep in a message", { gear: { name: "g", parts: [{ name: "q" }] } }, [8]],
    ["one element of a list", { bag: [{ name: "a" }, { name: "c" }] }, [9]],
    ["the length of a list", { bag: [{ name: "a" }] }, [9]],
    ["a list of numbers", { scores: [1, 2] }, [10]],
    ["a map", { slots: { x: { name: "x" } } }, [11]],
    ["what is set to zero", { nick: "n", alive: false }, [6, 13]],
    ["many bytes", { name: "a".repeat(1000), blob: new Uint8Array(1000) }, [2, 7]],
  ])("finds %s", (_case, change, expected) => {
    expect(changed(encode(full), encode({ ...full, ...change }))).toEqual(expected);
    expect(changed(encode({ ...full, ...change }), encode(full))).toEqual(expected);
  });

  test("finds all when there was nothing", () => {
    expect(changed(new Uint8Array(0), encode(full))).toEqual([1, 2, 3, 5, 6, 8, 9, 10, 11, 13, 15]);
  });

  test("finds a byte in the middle of many", () => {
    const [a, b] = [new Uint8Array(1000), new Uint8Array(1000)];
    b[500] = 1;
    expect(changed(encode({ blob: a }), encode({ blob: b }))).toEqual([7]);
  });

  test("walks over groups and leaves aside what the type does not know", () => {
    const group = (value: number) =>
      new BinaryWriter()
        .tag(1, WireType.StartGroup)
        .tag(3, WireType.StartGroup)
        .tag(1, WireType.Bit32)
        .fixed32(7)
        .tag(3, WireType.EndGroup)
        .tag(1, WireType.EndGroup)
        .tag(2, WireType.Bit64)
        .fixed64(value)
        .tag(900, WireType.Varint)
        .int64(BigInt(value))
        .tag(3, WireType.Varint)
        .int32(value)
        .finish();
    expect(changed(group(1), group(2))).toEqual([2]);
  });
});

test("pickFields keeps the given fields alone", () => {
  expect(pickFields(encode(full), [2, 4, 9, 15])).toEqual(
    encode({ name: "a", bag: [{ name: "a" }, { name: "b" }], extra: { case: "number", value: -5 } }),
  );
  expect(pickFields(encode(full), [4, 900])).toHaveLength(0);
});
