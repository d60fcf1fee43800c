import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { PeerHelloSchema, PeerProofSchema } from "m3game/gen/m3/peer_pb.js";
import { RouteType, reasonError } from "m3game/internal";
import { expect, test } from "vitest";
import { decodeErrorBody, encodeErrorBody } from "./error-body.ts";
import { FrameType, headerBytes, noTimeout, preface } from "./frame.ts";
import { FrameParser } from "./frame-parser.ts";
import { FrameWriter, type RequestHead } from "./frame-writer.ts";
import { KnownNames } from "./known-names.ts";
import { makeProof } from "./proof.ts";
import { readRequest } from "./request-frame.ts";

const secret = "correct horse battery";

const clientHello = create(PeerHelloSchema, {
  minVersion: 1,
  maxVersion: 1,
  app: "test.world1.caller.1",
  nonce: Uint8Array.from({ length: 16 }, (_, index) => index),
  maxFrameBytes: 4_210_694,
  maxInFlight: 10_000,
  secretRequired: true,
});
const serverHello = create(PeerHelloSchema, {
  ...clientHello,
  app: "test.world1.echo.1",
  nonce: Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index),
});
const greeting = {
  clientNonce: clientHello.nonce,
  serverNonce: serverHello.nonce,
  clientApp: clientHello.app,
  serverApp: serverHello.app,
};

const request: RequestHead = {
  stream: 1,
  timeoutMs: 5000,
  routeType: RouteType.RANDOM,
  hops: 0,
  chain: "",
  notify: false,
  method: "/proto.SimpleSer/HelloWorld",
  hashKey: "",
  source: "",
  metadata: new Map(),
};
const notify: RequestHead = {
  stream: 2,
  timeoutMs: noTimeout,
  routeType: RouteType.HASH,
  hops: 1,
  chain: "",
  notify: true,
  method: "/proto.ClubSer/ClubRead",
  hashKey: "42",
  source: "test.world1.gate.1",
  metadata: new Map([["actorid", "7"]]),
};
const chained: RequestHead = {
  ...request,
  stream: 3,
  timeoutMs: 100,
  routeType: RouteType.P2P,
  method: "/proto.RoleSer/RoleKick",
  chain: "RoleSer/7,ClubSer/1",
};
const requestPayload = Buffer.from("\n\x03you", "latin1");
const overloaded = reasonError("OVERLOADED", "too much", { retryAfterMs: 250 });
const draining = reasonError("DRAINING", "test.world1.echo.1 is shutting down");

/** The vectors as the protocol's document gives them, in hex without blanks. */
const documented = new Map(
  (
    /```text\n(preface [^`]+)```/.exec(
      readFileSync(new URL("../../../docs/peer-protocol.md", import.meta.url), "utf8"),
    )?.[1] ?? ""
  )
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/))
    .map(([name = "", ...hex]) => [name, hex.join("")]),
);

function written(write: (writer: FrameWriter) => void): string {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const writer = new FrameWriter(stream);
  write(writer);
  writer.flush();
  return Buffer.concat(chunks).toString("hex");
}

function proofOf(role: "client" | "server"): Uint8Array {
  return toBinary(PeerProofSchema, create(PeerProofSchema, { proof: makeProof(secret, role, greeting) }));
}

test("what this implementation writes is what the document says", () => {
  const implemented = {
    preface: written((writer) => writer.raw(preface)),
    "client-hello": written((writer) => writer.plain(FrameType.HELLO, toBinary(PeerHelloSchema, clientHello))),
    "server-hello": written((writer) => writer.plain(FrameType.HELLO, toBinary(PeerHelloSchema, serverHello))),
    "client-proof": written((writer) => writer.plain(FrameType.PROOF, proofOf("client"))),
    "server-proof": written((writer) => writer.plain(FrameType.PROOF, proofOf("server"))),
    request: written((writer) => writer.request(request, requestPayload)),
    notify: written((writer) => writer.request(notify, new Uint8Array())),
    chained: written((writer) => writer.request(chained, Buffer.of(8, 1))),
    response: written((writer) => writer.stream(FrameType.RESPONSE, 1, Buffer.from("\n\x04hi\n!", "latin1"))),
    error: written((writer) => writer.stream(FrameType.ERROR, 1, encodeErrorBody(overloaded, 4096))),
    cancel: written((writer) => writer.stream(FrameType.CANCEL, 1, new Uint8Array())),
    ping: written((writer) => writer.plain(FrameType.PING, new Uint8Array(8))),
    pong: written((writer) => writer.plain(FrameType.PONG, new Uint8Array(8))),
    goaway: written((writer) => writer.plain(FrameType.GOAWAY, encodeErrorBody(draining, 4096))),
  };
  expect(implemented).toEqual(Object.fromEntries(documented));
});

/** The body of a documented frame, with where it stands. */
function body(name: string) {
  const found: { type: number; flags: number; buffer: Buffer; start: number; end: number }[] = [];
  const parser = new FrameParser(4096, (type, flags, buffer, start, end) =>
    found.push({ type, flags, buffer, start, end }),
  );
  parser.push(Buffer.from(documented.get(name) ?? "", "hex"));
  const [frame] = found;
  if (frame === undefined) throw new Error(`the document has no whole frame ${name}`);
  return { ...frame, bytes: Uint8Array.from(frame.buffer.subarray(frame.start, frame.end)) };
}

test("what the document says is read as it is meant", () => {
  expect(fromBinary(PeerHelloSchema, body("client-hello").bytes)).toEqual(clientHello);
  expect(fromBinary(PeerHelloSchema, body("server-hello").bytes)).toEqual(serverHello);
  for (const [name, head, payload] of [
    ["request", request, requestPayload],
    ["chained", chained, Buffer.of(8, 1)],
    ["notify", { ...notify, timeoutMs: Number.POSITIVE_INFINITY }, Buffer.alloc(0)],
  ] as const) {
    const { flags, buffer, start, end } = body(name);
    expect(start).toBe(headerBytes);
    expect(readRequest(flags, buffer, start, end, new KnownNames())).toEqual({ ...head, payload });
  }
  const error = body("error");
  expect(decodeErrorBody(error.buffer, error.start + 4, error.end)).toMatchObject({
    code: overloaded.code,
    message: overloaded.message,
    reason: "OVERLOADED",
    notExecuted: true,
    retryAfterMs: 250,
  });
  const goaway = body("goaway");
  expect(decodeErrorBody(goaway.buffer, goaway.start, goaway.end)).toMatchObject({ reason: "DRAINING", code: 14 });
});
