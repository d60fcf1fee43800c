import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { PeerHelloSchema, PeerProofSchema } from "m3game/gen/m3/peer_pb.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FrameType } from "../src/frame.ts";
import { makeProof } from "../src/proof.ts";
import { helloFrame, rawApp } from "./support/raw-peer.ts";
import { rawRequest } from "./support/raw-request.ts";
import { echoApp, TcpFixture } from "./support/tcp-fixture.ts";

const secret = "correct horse battery";

let fixture: TcpFixture;

beforeEach(() => {
  fixture = new TcpFixture();
});

afterEach(() => fixture[Symbol.asyncDispose]());

function proofBody(proof: Uint8Array): Uint8Array {
  return toBinary(PeerProofSchema, create(PeerProofSchema, { proof }));
}

test("apps with the same secret talk to each other", async () => {
  const server = await fixture.server({ Secret: secret });
  const link = await fixture.link(server.listener.endpoint, { Secret: secret });
  expect(Buffer.from(await link.send({ payload: Buffer.from("hi") }).answer()).toString()).toBe("hi");
});

test("another secret, or one on one side only, is refused by name and never shown", async () => {
  for (const [callee, caller, message] of [
    [{ Secret: secret }, { Secret: "another horse battery" }, `${"test.world1.caller.1"} has another Secret`],
    [{ Secret: secret }, {}, `${echoApp} has a Secret in [[Plugin.Trans.trans_tcp]] and test.world1.caller.1 has none`],
    [{}, { Secret: secret }, `test.world1.caller.1 has a Secret in [[Plugin.Trans.trans_tcp]] and ${echoApp} has none`],
  ] as const) {
    const server = await fixture.server(callee);
    const link = await fixture.link(server.listener.endpoint, caller);
    const error = await link.send().error();
    expect(error).toMatchObject({ reason: "UNAUTHENTICATED_PEER", notExecuted: true });
    expect(error.message).toContain(message);
    const line = await server.context.waitForLine("connection closed");
    expect(line.fields).toMatchObject({ reason: expect.stringContaining(message) });
    expect(JSON.stringify([error, error.message, error.stack, server.context.lines])).not.toContain("horse");
    expect(server.host.calls.items).toEqual([]);
  }
});

test("a caller must prove itself before the server does, and before it calls", async () => {
  const server = await fixture.server({ Secret: secret });
  for (const [frame, reason] of [
    [{ type: FrameType.PROOF, body: proofBody(new Uint8Array(32)) }, "UNAUTHENTICATED_PEER"],
    [{ type: FrameType.PROOF, body: proofBody(new Uint8Array(0)) }, "UNAUTHENTICATED_PEER"],
    [{ type: FrameType.REQUEST, body: rawRequest(1).subarray(6) }, "PROTOCOL"],
    [{ type: FrameType.PING, body: Buffer.alloc(8) }, "PROTOCOL"],
    [{ type: FrameType.HELLO, body: helloFrame({ secretRequired: true }).subarray(6) }, "PROTOCOL"],
  ] as const) {
    const peer = await fixture.peer(server, { secretRequired: true });
    peer.send(frame.type, frame.body);
    expect(await peer.goaway()).toMatchObject({ reason });
    await peer.closed;
    expect(peer.frames.items.map(({ type }) => type)).toEqual([FrameType.HELLO, FrameType.GOAWAY]);
  }
  expect(server.host.calls.items).toEqual([]);
});

test("a proof counts for its own role, connection and apps only", async () => {
  const server = await fixture.server({ Secret: secret });
  const greet = async () => {
    const peer = await fixture.peer(server, { secretRequired: true });
    const { body } = await peer.frame(FrameType.HELLO);
    const hello = fromBinary(PeerHelloSchema, body);
    return { peer, serverNonce: hello.nonce, clientNonce: new Uint8Array(16), clientApp: rawApp, serverApp: echoApp };
  };
  const good = await greet();
  good.peer.send(FrameType.PROOF, proofBody(makeProof(secret, "client", good)));
  const { body } = await good.peer.frame(FrameType.PROOF);
  const { proof } = fromBinary(PeerProofSchema, body);
  expect(Buffer.from(proof)).toEqual(makeProof(secret, "server", good));

  type Attempt = Awaited<ReturnType<typeof greet>>;
  const wrong: ((attempt: Attempt) => Uint8Array)[] = [
    () => makeProof(secret, "client", good),
    () => proof,
    (attempt) => makeProof(secret, "server", attempt),
    (attempt) => makeProof(secret, "client", { ...attempt, clientApp: "test.world1.other.1" }),
    (attempt) => makeProof(secret, "client", { ...attempt, serverApp: "test.world1.other.1" }),
  ];
  for (const make of wrong) {
    const attempt = await greet();
    attempt.peer.send(FrameType.PROOF, proofBody(make(attempt)));
    expect(await attempt.peer.goaway()).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
  }
});

test("a callee that can't prove itself gets no call", async () => {
  const { endpoint, peers } = await fixture.rawServer();
  const link = await fixture.link(endpoint, { Secret: secret });
  const call = link.send();
  const [peer] = await peers.first(1);
  peer?.greet({ app: echoApp, secretRequired: true });
  await peer?.frame(FrameType.PROOF);
  peer?.send(FrameType.PROOF, proofBody(new Uint8Array(32)));
  expect(await call.error()).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
  await peer?.closed;
  expect(peer?.frames.items.map(({ type }) => type)).not.toContain(FrameType.REQUEST);
});
