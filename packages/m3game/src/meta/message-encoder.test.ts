import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileEntityFile, type FieldSpec } from "../../test/support/entity-file.ts";
import { scalarSamples } from "../../test/support/scalar-samples.ts";
import { messageEncoder } from "./message-encoder.ts";

function fieldsOf(types: readonly string[]): Record<string, FieldSpec> {
  return Object.fromEntries(
    types.flatMap((type, index) => [
      // The numbers do not stand in the order of the fields, and take one byte as tags, and two.
      [`${type}_one`, { number: 200 - index, type }],
      [`${type}_optional`, { number: 100 + index, type, label: "optional" }],
      [`${type}_choice`, { number: 1 + index, type, oneof: "choice" }],
      [`${type}_list`, { number: 300 + index, type, label: "repeated" }],
    ]),
  );
}

const fastTypes = scalarSamples.map(([type]) => type).filter((type) => type !== "fixed32");
const { message } = compileEntityFile(
  {
    Leaf: fieldsOf(fastTypes),
    Outer: {
      ...fieldsOf(["string"]),
      leaf: { number: 400, type: "Leaf" },
      leaves: { number: 401, type: "Leaf", label: "repeated" },
      chosen: { number: 402, type: "Leaf", oneof: "choice" },
    },
    WithMap: { counts: { number: 1, type: "int64", mapKey: "string" }, name: { number: 2, type: "string" } },
    WithRare: fieldsOf(["fixed32", "int32"]),
    Tree: { name: { number: 1, type: "string" }, children: { number: 2, type: "Tree", label: "repeated" } },
  },
  { Flag: { NONE: 0 } },
);

const byType = new Map(scalarSamples);

function anyOf(types: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  const arbitrary = (type: string) => byType.get(type) ?? fc.constant(undefined);
  const plain = Object.fromEntries(
    types.flatMap((type) => [
      [`${type}One`, arbitrary(type)],
      [`${type}Optional`, fc.option(arbitrary(type), { nil: undefined })],
      [`${type}List`, fc.array(arbitrary(type), { maxLength: 4 })],
    ]),
  );
  const choice = fc.oneof(
    fc.constant({ case: undefined }),
    ...types.map((type) => arbitrary(type).map((value) => ({ case: `${type}Choice`, value }))),
  );
  return fc.record({ ...plain, choice }, { requiredKeys: [] });
}

const leaf = anyOf(fastTypes);
const contents: readonly (readonly [string, fc.Arbitrary<Record<string, unknown>>])[] = [
  ["Leaf", leaf],
  [
    "Outer",
    fc
      .tuple(anyOf(["string"]), fc.record({ leaf, leaves: fc.array(leaf, { maxLength: 3 }) }, { requiredKeys: [] }))
      .map(([own, nested]) => ({ ...own, ...nested })),
  ],
  ["Outer", leaf.map((value) => ({ choice: { case: "chosen", value } }))],
  ["WithMap", fc.record({ name: fc.string(), counts: fc.dictionary(fc.string(), fc.constant(7n)) })],
  ["WithRare", anyOf(["fixed32", "int32"])],
  ["Tree", fc.constant({ name: "root", children: [{ name: "leaf" }] })],
];

test.each(contents)("%s is encoded as toBinary does it", (name, content) => {
  const schema = message(name);
  const encode = messageEncoder(schema);
  fc.assert(
    fc.property(content, (init) => {
      const value = create(schema, init);
      expect(encode(value)).toEqual(toBinary(schema, value));
    }),
    { numRuns: 200 },
  );
});

describe("a message out of the ordinary", () => {
  const schema = message("Outer");
  const encode = messageEncoder(schema);
  const ordinary = create(schema, { stringOne: "plain" });

  test("keeps its unknown fields, those of messages in it too", () => {
    const unknown = fromBinary(message("Leaf"), new Uint8Array([0xf8, 0x7f, 5]));
    const value = create(schema, { stringOne: "x", leaf: unknown });
    expect(encode(value)).toEqual(toBinary(schema, value));
    expect(encode(value).length).toBeGreaterThan(encode(create(schema, { stringOne: "x", leaf: {} })).length);
  });

  test.each([
    ["a value of another type", { stringOne: 5 }],
    ["a number that does not fit", { leaf: create(message("Leaf"), { int32One: 2 ** 31 }) }],
    ["a list that is none", { stringList: "x" }],
    ["a message of another type", { leaf: create(message("Tree")) }],
  ])("%s: the error is that of toBinary, and the next message is whole", (_name, fields) => {
    const wrong = Object.assign(create(schema), fields);
    const errorOf = (run: () => unknown): string => {
      try {
        return `encoded: ${run()}`;
      } catch (error) {
        return String(error);
      }
    };
    expect(errorOf(() => encode(wrong))).toBe(errorOf(() => toBinary(schema, wrong)));
    expect(encode(ordinary)).toEqual(toBinary(schema, ordinary));
  });

  test("encodings do not share memory, whatever their size", () => {
    const large = create(schema, { stringOne: "x".repeat(100_000) });
    const [first, second, third] = [encode(ordinary), encode(large), encode(ordinary)];
    second.fill(0);
    third.fill(0);
    expect(first).toEqual(toBinary(schema, ordinary));
    expect(first.buffer.byteLength).toBe(first.length);
  });
});
