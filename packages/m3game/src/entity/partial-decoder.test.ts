import { create, fromBinary, isMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { expect, test } from "vitest";
import { HeroSchema } from "../../test/support/hero.ts";
import { partialDecoder } from "./partial-decoder.ts";

type HeroInit = Exclude<MessageInitShape<typeof HeroSchema>, { $typeName: string }>;
const decode = partialDecoder(HeroSchema);

test.each<[string, readonly string[], HeroInit]>([
  ["small numbers", ["level", "gold", "alive"], { level: 7, gold: 2n ** 40n, alive: true }],
  ["the largest that a small number may be", ["id", "level", "gold"], { id: 2n ** 53n - 1n, level: 2 ** 31 - 1 }],
  ["numbers beyond", ["id", "gold"], { id: -1n, gold: 2n ** 64n - 1n }],
  ["a number beyond after a small one", ["id", "gold"], { id: 5n, gold: 2n ** 53n }],
  ["a negative number", ["level"], { level: -1 }],
  ["what is zero", ["level", "gold", "alive", "name"], {}],
  ["one of each other kind", ["name", "ratio", "blob", "gear", "bag", "scores", "slots", "nick"], {}],
  ["what is not absent though it is zero", ["level", "nick"], { nick: "" }],
  ["a member of a oneof", ["number"], { extra: { case: "number", value: 3 } }],
])("decodes %s", (_case, names, init) => {
  const rest = {
    name: "a",
    ratio: -0,
    blob: Uint8Array.of(1),
    gear: { power: 1n },
    bag: [{}],
    scores: [1],
    slots: { a: {} },
  };
  const encoding = toBinary(HeroSchema, create(HeroSchema, names.length > 4 ? rest : { ...rest, ...init }));
  const fields = HeroSchema.fields.filter(({ name }) => names.includes(name));
  expect(fields).toHaveLength(names.length);
  const message = decode(encoding, fields);
  if (!isMessage(message, HeroSchema)) throw new Error(`it is a ${message.$typeName}`);
  const part = reflect(HeroSchema, message, false);
  const whole = reflect(HeroSchema, fromBinary(HeroSchema, encoding), false);
  for (const field of fields) {
    expect(part.isSet(field)).toBe(whole.isSet(field));
    expect(part.get(field)).toEqual(whole.get(field));
    expect(Reflect.get(part.message, (field.oneof ?? field).localName)).toEqual(
      Reflect.get(whole.message, (field.oneof ?? field).localName),
    );
  }
});

test("messages have nothing of each other", () => {
  const encode = (init: HeroInit) => toBinary(HeroSchema, create(HeroSchema, init));
  const { level, gold } = HeroSchema.field;
  decode(encode({ level: 5, gold: 6n }), [level, gold]);
  expect(decode(encode({ level: 7 }), [level, gold])).toMatchObject({ level: 7, gold: 0n });
});
