import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CSMsgSchema } from "../../gen/m3/gate_pb.js";
import { GateCodec, numbered } from "./gate-codec.ts";

const method = "/m3test.GameSer/Say";
const content = new Uint8Array([1, 2, 3]);
const encode = (fields: Parameters<typeof create<typeof CSMsgSchema>>[1]) =>
  toBinary(CSMsgSchema, create(CSMsgSchema, fields));

test.each([
  ["a call", { method, sequence: 300 }, content],
  ["a call with the largest number", { method, sequence: 0xffff_ffff }, content],
  ["a call without a number", { method, sequence: 0 }, content],
  ["a call with metas", { method, sequence: 1, metas: [{ key: "mine", value: "7" }] }, content],
  ["a name that is not ASCII", { method: "/m3test.GameSer/日", sequence: 1 }, content],
  ["no name", { method: "", sequence: 1 }, content],
  ["an empty response", { method, sequence: 1 }, new Uint8Array(0)],
  ["a large response", { method, sequence: 1 }, new Uint8Array(100_000).fill(7)],
])("the answer of %s is encoded as toBinary does", (_what, call, response) => {
  const answer = new GateCodec().answer(create(CSMsgSchema, call), response);
  expect(answer).toEqual(encode({ ...call, content: response }));
});

test.each([1, 127, 128, 16_383, 16_384, 0xffff_ffff])(
  "a push with the number %i is what the library reads",
  (pushNumber) => {
    const push = { content, pushType: "m3test.Said" };
    expect(fromBinary(CSMsgSchema, numbered(encode(push), pushNumber))).toEqual(
      create(CSMsgSchema, { ...push, pushNumber }),
    );
  },
);

test("a response that is none leaves nothing behind for the next answer", () => {
  const codec = new GateCodec();
  const call = create(CSMsgSchema, { method, sequence: 1 });
  expect(() => codec.answer(call, "text" as never)).toThrow();
  expect(codec.answer(call, content)).toEqual(encode({ method, sequence: 1, content }));
});
