import { create, fromBinary, isMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ErrorDetailSchema } from "../../gen/m3/error_pb.js";
import { compileEntityFile, type FieldSpec } from "../../test/support/entity-file.ts";
import { scalarSamples } from "../../test/support/scalar-samples.ts";
import { messageDecoder } from "./message-decoder.ts";

const types = scalarSamples.filter(([type]) => type !== "fixed32");

const leafFields: Record<string, FieldSpec> = Object.fromEntries(
  types.flatMap(([type], index) => [
    // The numbers do not stand in the order of the fields; as tags they take one, two and five bytes.
    [`${type}_one`, { number: 200 - index, type }],
    [`${type}_optional`, { number: 1 + index, type, label: "optional" }],
    [`${type}_list`, { number: 300_000_000 + index, type, label: "repeated" }],
  ]),
);

const { message } = compileEntityFile(
  {
    Leaf: leafFields,
    Outer: {
      name: { number: 1, type: "string" },
      leaf: { number: 2, type: "Leaf" },
      leaves: { number: 3, type: "Leaf", label: "repeated" },
    },
    WithMap: { counts: { number: 1, type: "int64", mapKey: "string" }, name: { number: 2, type: "string" } },
    WithChoice: { a: { number: 1, type: "string", oneof: "choice" }, b: { number: 2, type: "bool", oneof: "choice" } },
    WithRare: { rare: { number: 1, type: "fixed32" }, name: { number: 2, type: "string" } },
    Tree: { name: { number: 1, type: "string" }, children: { number: 2, type: "Tree", label: "repeated" } },
    // What an older or newer version of Outer may look like.
    Other: {
      name: { number: 1, type: "bytes" },
      leaf: { number: 2, type: "Leaf", label: "repeated" },
      more: { number: 4, type: "string" },
    },
  },
  { Flag: { NONE: 0 } },
);

const leaf = fc.record(
  Object.fromEntries(
    types.flatMap(([type, values]) => [
      [`${type}One`, values],
      [`${type}Optional`, values],
      [`${type}List`, fc.array(values, { maxLength: 4 })],
    ]),
  ),
  { requiredKeys: [] },
);
const outer = fc.record({ name: fc.string(), leaf, leaves: fc.array(leaf, { maxLength: 3 }) }, { requiredKeys: [] });

const contents: readonly (readonly [string, fc.Arbitrary<MessageInitShape<ReturnType<typeof message>>>])[] = [
  ["Leaf", leaf],
  ["Outer", outer],
  ["WithMap", fc.record({ name: fc.string(), counts: fc.dictionary(fc.string(), fc.constant(7n)) })],
  ["WithChoice", fc.constant({ choice: { case: "b", value: true } })],
  ["WithRare", fc.record({ rare: fc.nat(), name: fc.string() })],
  ["Tree", fc.constant({ name: "root", children: [{ name: "leaf" }] })],
];

/** What comes of decoding: the message and its prototype, or the error. */
function outcome(decode: () => object): unknown {
  try {
    const decoded = decode();
    return { decoded, prototype: Object.getPrototypeOf(decoded) };
  } catch (error) {
    return String(error);
  }
}

test.each(contents)("%s is decoded as fromBinary does it", (name, content) => {
  const schema = message(name);
  const decode = messageDecoder(schema);
  fc.assert(
    fc.property(content, (init) => {
      const payload = toBinary(schema, create(schema, init));
      expect(outcome(() => decode(payload))).toEqual(outcome(() => fromBinary(schema, payload)));
    }),
    { numRuns: 200 },
  );
});

describe("what is out of the ordinary", () => {
  const schema = message("Outer");
  const decode = messageDecoder(schema);
  const isAsFromBinary = (payload: Uint8Array): void => {
    expect(outcome(() => decode(payload))).toEqual(outcome(() => fromBinary(schema, payload)));
  };

  test("fields that are unknown, of another type, or there twice", () => {
    const other = message("Other");
    const content = fc.record({
      name: fc.uint8Array({ maxLength: 40 }),
      leaf: fc.array(leaf, { maxLength: 3 }),
      more: fc.string(),
    });
    fc.assert(fc.property(content, (init) => isAsFromBinary(toBinary(other, create(other, init)))));
  });

  test("an encoding that is cut short, or has a wrong byte", () => {
    fc.assert(
      fc.property(outer, fc.nat(), fc.nat(255), (init, at, byte) => {
        const payload = toBinary(schema, create(schema, init));
        isAsFromBinary(payload.subarray(0, at % (payload.length + 1)));
        if (payload.length > 0) payload[at % payload.length] = byte;
        isAsFromBinary(payload);
      }),
      { numRuns: 300 },
    );
  });

  test("any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), isAsFromBinary), { numRuns: 500 });
  });

  test.each([
    ["lists that are not packed", [0x92, 0x9f, 0xb5, 0xf8, 0x08, 5]],
    ["a negative number in the ten bytes it takes", [0x12, 12, 0xa0, 0x0c, ...new Array(9).fill(0xff), 1]],
    ["a varint that is longer than it needs to be", [0x8a, 0x00, 0x83, 0x00, 0x61, 0x62, 0x63]],
    ["a tag of more than 32 bits", [0x8a, 0x80, 0x80, 0x80, 0x10, 0]],
  ])("%s", (_name, bytes) => isAsFromBinary(new Uint8Array(bytes)));
});

test("decoded lists and messages are not shared", () => {
  const decode = messageDecoder(message("Outer"));
  const [a, b] = [decode(new Uint8Array(0)), decode(new Uint8Array(0))];
  expect(Reflect.get(a, "leaves")).not.toBe(Reflect.get(b, "leaves"));
});

test("bytes are copies of their own", () => {
  const schema = message("Leaf");
  const chunk = Buffer.alloc(65_536);
  const encoded = toBinary(schema, create(schema, { bytesOne: new Uint8Array([7, 8]) }));
  chunk.set(encoded, 100);
  const bytes: unknown = Reflect.get(messageDecoder(schema)(chunk.subarray(100, 100 + encoded.length)), "bytesOne");
  if (!(bytes instanceof Uint8Array)) throw new TypeError("no bytes were decoded");
  expect(bytes).toEqual(new Uint8Array([7, 8]));
  expect(bytes.buffer.byteLength).toBe(2);
  expect(Buffer.isBuffer(bytes)).toBe(false);
});

test("decoded bytes do not keep the buffer they came in", () => {
  const encoded = toBinary(
    ErrorDetailSchema,
    create(ErrorDetailSchema, { payloads: [{ value: new Uint8Array([7]) }] }),
  );
  const chunk = Buffer.alloc(65_536);
  chunk.set(encoded, 100);
  const decoded = messageDecoder(ErrorDetailSchema)(chunk.subarray(100, 100 + encoded.length));
  if (!isMessage(decoded, ErrorDetailSchema)) throw new TypeError(`decoded a ${decoded.$typeName}`);
  const [payload] = decoded.payloads;
  expect(payload?.value).toEqual(new Uint8Array([7]));
  expect(payload?.value.buffer.byteLength).toBe(1);
  expect(Buffer.isBuffer(payload?.value)).toBe(false);
});
