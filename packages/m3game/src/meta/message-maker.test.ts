import { create, isMessage } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileEntityFile } from "../../test/support/entity-file.ts";
import { scalarSamples } from "../../test/support/scalar-samples.ts";
import { messageMaker } from "./message-maker.ts";

const types = scalarSamples.filter(([type]) => type !== "bytes");

const { message } = compileEntityFile(
  {
    Simple: Object.fromEntries(
      types.flatMap(([type], index) => [
        [`${type}_one`, { number: 1 + index, type }],
        [`${type}_optional`, { number: 100 + index, type, label: "optional" as const }],
      ]),
    ),
    Nested: {
      name: { number: 1, type: "string" },
      simple: { number: 2, type: "Simple" },
      data: { number: 3, type: "bytes" },
      list: { number: 4, type: "Simple", label: "repeated" },
    },
  },
  { Flag: { NONE: 0 } },
);

const simple = fc.record(
  Object.fromEntries(
    types.flatMap(([type, values]) => [
      [`${type}One`, fc.option(values, { freq: 4 })],
      [`${type}Optional`, fc.option(values, { freq: 4, nil: undefined })],
    ]),
  ),
  { requiredKeys: [] },
);

test.each([
  ["Simple", simple.map((fields) => ({ ...fields, unknown: 1 }))],
  [
    "Nested",
    fc.record({ name: fc.string(), simple, data: fc.constant([1, 2]), list: fc.array(simple, { maxLength: 2 }) }),
  ],
])("%s is made as create does it", (name, fields) => {
  const schema = message(name);
  const make = messageMaker(schema);
  fc.assert(
    fc.property(fields, (init) => {
      const made = make(init);
      const expected = create(schema, init);
      expect(isMessage(made, schema)).toBe(true);
      expect(made).toEqual(expected);
      expect(Object.keys(made).toSorted()).toEqual(Object.keys(expected).toSorted());
      expect(Object.getPrototypeOf(made)).toBe(Object.getPrototypeOf(expected));
    }),
  );
});
