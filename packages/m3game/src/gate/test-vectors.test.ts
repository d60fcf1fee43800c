import { readFileSync } from "node:fs";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { PushFrameSchema } from "../../gen/m3/gate_control_pb.js";
import { CSMsgSchema, type CSMsgSchema as Schema } from "../../gen/m3/gate_pb.js";
import { reasonError } from "../meta/error.ts";
import { GateCodec, isLegacy, numbered } from "./gate-codec.ts";

const text = (value: string) => new TextEncoder().encode(value);
const codec = new GateCodec();

/** A request or response with the text as its field 1. */
const word = (value: string) => new Uint8Array([10, value.length, ...text(value)]);

const method = "/proto.MultiSer/Hello";
const metas = [{ key: "m3clientserial", value: "2" }];
const call = create(CSMsgSchema, { method, content: word("you"), sequence: 1 });

const messages: Readonly<Record<string, Uint8Array>> = {
  "legacy-login": encode({ metas: [{ key: "m3clientserial", value: "1" }], content: word("PlayerTest") }),
  "legacy-call": encode({ method, metas, content: word("you") }),
  hello: encode({ content: word("PlayerTest"), hello: { version: 1 } }),
  "hello-resume": encode({
    content: word("PlayerTest"),
    ack: 7,
    hello: { version: 1, resumeToken: new Uint8Array([1, 2, 3, 4]) },
  }),
  welcome: encode({
    content: word("PlayerID-PlayerTest"),
    welcome: {
      ...{ version: 1, resumeWindowMs: 60_000, idleTimeoutMs: 60_000, maxMessageBytes: 65_536, maxCallsInFlight: 32 },
    },
    resumeToken: new Uint8Array([1, 2, 3, 4]),
  }),
  call: toBinary(CSMsgSchema, call),
  "call-repeated": encode({ ...call, ack: 7, answered: 0, repeat: true }),
  answer: codec.answer(call, word("Hello , you")),
  "answer-error": codec.failure(call, reasonError("RATE_LIMITED", "slow down", { retryAfterMs: 20 })),
  "push-numbered": numbered(codec.push(pushOf()).plain, 8),
  "push-droppable": codec.push(pushOf()).plain,
  "push-legacy": codec.push(pushOf()).legacy,
  ack: encode({ ack: 8, answered: 1 }),
  ping: encode({ ping: 1, ack: 8, answered: 1 }),
  pong: encode({ pong: 1 }),
  goodbye: codec.goodbye(reasonError("SESSION_REPLACED", "the player logged in again"), false),
  "goodbye-resumable": codec.goodbye(reasonError("DRAINING", "connect again"), true),
  "goodbye-client": encode({ goodbye: {} }),
};

function encode(fields: MessageInitShape<typeof Schema>): Uint8Array {
  return toBinary(CSMsgSchema, create(CSMsgSchema, fields));
}

function pushOf() {
  return create(PushFrameSchema, { type: "proto.SendToCli.Req", content: word("hi") });
}

const page = readFileSync(new URL("../../../../docs/gate-protocol.md", import.meta.url), "utf8");
const vectors = new Map(
  [...page.matchAll(/^([a-z-]+) +([0-9a-f]{2}[0-9a-f ]*)$/gm)].map(([, name = "", hex = ""]) => [name, hex] as const),
);

test("the vectors of docs/gate-protocol.md are what this version writes", () => {
  const written = Object.entries(messages).map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")] as const);
  expect([...vectors]).toEqual(written);
});

test("every vector is read as it was written", () => {
  for (const hex of vectors.values()) {
    const bytes = new Uint8Array(Buffer.from(hex, "hex"));
    expect(codec.decode(bytes)).toEqual(fromBinary(CSMsgSchema, bytes));
  }
});

test("only a first message without newer fields is one of the original's", () => {
  for (const [name, bytes] of Object.entries(messages)) {
    expect([name, isLegacy(codec.decode(bytes))]).toEqual([name, name.includes("legacy")]);
  }
});
