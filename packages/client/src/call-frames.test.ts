import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CSMsgSchema } from "../gen/m3/gate_pb.js";
import { decodeAnswer, encodeCall } from "./call-frames.ts";

const encode = (fields: MessageInitShape<typeof CSMsgSchema>) => toBinary(CSMsgSchema, create(CSMsgSchema, fields));
const method = "/proto.MultiSer/Hello";
const content = new Uint8Array(300).fill(7);
const largest = 2 ** 32 - 1;

test.each([
  { sequence: 1, ack: 0, answered: 0, repeat: false },
  { sequence: 128, ack: 127, answered: 16_384, repeat: true },
  { sequence: largest, ack: largest, answered: largest - 1, repeat: false },
])("a call is what the library reads: %o", (numbers) => {
  const frame = encodeCall({ method: new TextEncoder().encode(method), content, ...numbers });
  expect(fromBinary(CSMsgSchema, frame)).toEqual(create(CSMsgSchema, { method, content, ...numbers }));
});

test("a call without content, too", () => {
  const numbers = { sequence: 1, ack: 2, answered: 3, repeat: false };
  const frame = encodeCall({ method: new TextEncoder().encode(method), content: new Uint8Array(0), ...numbers });
  expect(fromBinary(CSMsgSchema, frame)).toEqual(create(CSMsgSchema, { method, ...numbers }));
});

test.each([1, 127, 128, largest])("the answer of call %i is read as the library does", (sequence) => {
  const metas = [{ key: "a", value: "b" }];
  expect(decodeAnswer(encode({ method, metas, content, sequence }))).toEqual({ sequence, content });
  expect(decodeAnswer(encode({ method, sequence }))).toEqual({ sequence, content: new Uint8Array(0) });
});

test.each([
  ["an error", encode({ method, sequence: 1, code: 5 })],
  ["a push", encode({ content, pushType: "proto.Any" })],
  ["a pong", encode({ pong: 1 })],
  ["a goodbye", encode({ goodbye: { resumable: true } })],
  ["a welcome", encode({ content, sequence: 1, welcome: { version: 1 } })],
  ["an answer that comes with a token", encode({ sequence: 1, content, resumeToken: content })],
  ["an answer without a number", encode({ method, content })],
  ["nothing", new Uint8Array(0)],
  ["what is cut short", encode({ method, content, sequence: 1 }).subarray(0, 40)],
  ["a number without an end", new Uint8Array(20).fill(0xff)],
])("%s is left to the library", (_name, frame) => {
  expect(decodeAnswer(frame)).toBeUndefined();
});
