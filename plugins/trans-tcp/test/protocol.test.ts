import { connect as connectHttp2 } from "node:http2";
import { echo } from "@m3game/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FrameType } from "../src/frame.ts";
import type { RawPeer } from "./support/raw-peer.ts";
import { helloFrame, rawFrame } from "./support/raw-peer.ts";
import { rawRequest } from "./support/raw-request.ts";
import { TcpFixture, type TcpServer } from "./support/tcp-fixture.ts";

let fixture: TcpFixture;
let server: TcpServer;
/** A well-behaved peer, which nothing that others do may disturb. */
let other: RawPeer;

beforeEach(async () => {
  fixture = new TcpFixture();
  server = await fixture.server({ MaxMessageBytes: 64 * 1024, MaxInFlight: 3 });
  other = await fixture.peer(server);
});

afterEach(async () => {
  server.host.answer = echo;
  other.socket.write(rawRequest(9, { payload: "still there" }));
  expect((await other.responseTo(9)).toString()).toBe("still there");
  await fixture[Symbol.asyncDispose]();
});

/** The peer is told why with PROTOCOL and closed, and the log says so. */
async function expectClosed(peer: RawPeer, message: string): Promise<void> {
  expect(await peer.goaway()).toMatchObject({ reason: "PROTOCOL", message: expect.stringContaining(message) });
  await peer.closed;
  const logged = {
    level: "warn",
    message: "connection closed",
    fields: expect.objectContaining({ reason: expect.stringContaining(message) }),
  };
  expect(server.context.lines).toContainEqual(expect.objectContaining(logged));
}

describe("before the greeting is over", () => {
  test("an HTTP/2 client is told in HTTP/2 that this is no HTTP/2 port", async () => {
    const session = connectHttp2(`http://${server.listener.endpoint}`);
    session.on("error", () => {});
    const [code, debugData] = await new Promise<[number, Buffer]>((resolve) => {
      session.on("goaway", (errorCode, _lastStream, data) => resolve([errorCode, Buffer.from(data ?? [])]));
    });
    expect(code).toBe(0xd);
    expect(debugData.toString()).toContain("send gRPC to the port of trans_http2");
    await new Promise((resolve) => (session.closed ? resolve(undefined) : session.on("close", resolve)));
    const line = await server.context.waitForLine("connection closed");
    expect(line.fields).toMatchObject({ reason: expect.stringContaining("not HTTP/2") });
  });

  test("other bytes than the preface are refused, also when they come one by one", async () => {
    for (const text of ["GET / HTTP/1.1\r\n\r\n", "M3PEER\n\n", "M3PEEX", "\0"]) {
      const peer = await fixture.stranger(server);
      for (const byte of Buffer.from(text, "latin1")) peer.socket.write(Buffer.of(byte));
      await expectClosed(peer, "does not start with the preface");
    }
  });

  test("a TLS client is told that the port speaks no TLS", async () => {
    const peer = await fixture.stranger(server);
    peer.socket.write(Buffer.of(0x16, 3, 1, 2, 0, 1));
    await expectClosed(peer, "the caller speaks TLS");
  });

  test("other versions are refused, naming both ranges", async () => {
    const peer = await fixture.stranger(server);
    peer.greet({ minVersion: 2, maxVersion: 7 });
    await expectClosed(peer, "speaks versions 2 to 7 of the peer protocol, test.world1.echo.1 speaks 1 to 1");
    const newer = await fixture.peer(server, { minVersion: 1, maxVersion: 7 });
    newer.socket.write(rawRequest(1, { payload: "hi" }));
    expect((await newer.responseTo(1)).toString()).toBe("hi");
  });

  test("a hello that lacks something is refused", async () => {
    for (const [hello, message] of [
      [{ app: "nobody" }, "names no app"],
      [{ app: "" }, "names no app"],
      [{ nonce: new Uint8Array(3) }, "3 bytes instead of 16"],
      [{ maxFrameBytes: 100 }, "frames of 100 bytes"],
      [{ maxInFlight: 0 }, "0 calls in flight"],
    ] as const) {
      const peer = await fixture.stranger(server);
      peer.greet(hello);
      await expectClosed(peer, message);
    }
  });

  test("a hello that can't be decoded is refused", async () => {
    const peer = await fixture.stranger(server);
    peer.socket.write("M3PEER\r\n");
    peer.send(FrameType.HELLO, Buffer.from("ffffffff", "hex"));
    await expectClosed(peer, "undecodable frame");
  });

  test("a frame that is no hello is refused", async () => {
    for (const frame of [rawRequest(1), rawFrame(FrameType.PING, Buffer.alloc(8)), rawFrame(FrameType.PROOF)]) {
      const peer = await fixture.stranger(server);
      peer.socket.write(Buffer.concat([Buffer.from("M3PEER\r\n"), frame]));
      await expectClosed(peer, "before the greeting was over");
    }
    expect(server.host.calls.items).toEqual([]);
  });

  test("a greeting frame of more than 4096 bytes is refused", async () => {
    const peer = await fixture.stranger(server);
    peer.socket.write("M3PEER\r\n");
    peer.socket.write(rawFrame(FrameType.HELLO, Buffer.alloc(5000)).subarray(0, 6));
    await expectClosed(peer, "allowed are 6 to 4096");
  });

  test("unknown fields of a hello are ignored", async () => {
    const peer = await fixture.stranger(server);
    const hello = helloFrame();
    const longer = Buffer.concat([hello, Buffer.of(0xf8, 7, 1)]);
    longer.writeUInt32BE(longer.length - 4);
    peer.socket.write(Buffer.concat([Buffer.from("M3PEER\r\n"), longer, rawRequest(1, { payload: "hi" })]));
    expect((await peer.responseTo(1)).toString()).toBe("hi");
  });
});

describe("after the greeting", () => {
  test("a second hello is refused", async () => {
    const peer = await fixture.peer(server);
    peer.socket.write(helloFrame());
    await expectClosed(peer, "does not send frames of type 1");
  });

  test("frames that only a server sends, or nobody, are refused", async () => {
    for (const type of [FrameType.PROOF, FrameType.RESPONSE, FrameType.ERROR, 0, 10, 255]) {
      const peer = await fixture.peer(server);
      peer.send(type, Buffer.alloc(8));
      await expectClosed(peer, `frames of type ${type}`);
    }
  });

  test("an oversize frame is refused by its header", async () => {
    const peer = await fixture.peer(server);
    const header = Buffer.alloc(6);
    header.writeUInt32BE(64 * 1024 + 16 * 1024 + 3);
    peer.socket.write(header);
    await expectClosed(peer, "allowed are 6 to 81926");
  });

  test("a request that is cut short or has unknown flags is refused", async () => {
    for (const body of [Buffer.alloc(0), Buffer.alloc(11), rawRequest(1).subarray(6, 20)]) {
      const peer = await fixture.peer(server);
      peer.send(FrameType.REQUEST, body);
      await expectClosed(peer, "a request frame is cut short");
    }
    const peer = await fixture.peer(server);
    peer.socket.write(rawRequest(1, { flags: 0x20 }));
    await expectClosed(peer, "unknown flags");
    expect(server.host.calls.items).toEqual([]);
  });

  test("a cancel or ping of the wrong size is refused", async () => {
    for (const [type, size] of [
      [FrameType.CANCEL, 3],
      [FrameType.CANCEL, 5],
      [FrameType.PING, 7],
      [FrameType.PONG, 9],
    ] as const) {
      const peer = await fixture.peer(server);
      peer.send(type, Buffer.alloc(size));
      await expectClosed(peer, `of ${type === FrameType.CANCEL ? `type ${type} and ` : ""}${size} bytes`);
    }
  });

  test("a replayed request is refused while the first is unanswered", async () => {
    server.host.answer = () => {};
    const peer = await fixture.peer(server);
    peer.socket.write(Buffer.concat([rawRequest(5), rawRequest(5)]));
    await expectClosed(peer, "stream 5 is used twice");
  });

  test("a stream may be used again once it is answered or cancelled; the older call's answer is dropped", async () => {
    server.host.answer = () => {};
    const peer = await fixture.peer(server);
    const cancel = rawFrame(FrameType.CANCEL, Buffer.of(0, 0, 0, 5));
    peer.socket.write(Buffer.concat([rawRequest(5, { payload: "old" }), cancel, rawRequest(5, { payload: "new" })]));
    const [old, renewed] = await server.host.calls.first(2);
    old?.respond(Buffer.from("answer to old"));
    renewed?.respond(Buffer.from("answer to new"));
    expect((await peer.responseTo(5)).toString()).toBe("answer to new");
    peer.socket.write(rawRequest(5, { payload: "third" }));
    const [, , third] = await server.host.calls.first(3);
    third?.respond(Buffer.from("answer to third"));
    const [, ...answers] = await peer.frames.first(3);
    expect(answers.map(({ body }) => body.toString("latin1", 4))).toEqual(["answer to new", "answer to third"]);
  });

  test("wrong metadata spoils its call alone", async () => {
    const peer = await fixture.peer(server);
    const cases: [[string, string][], string][] = [
      [[["key", "ü"]], "not printable ASCII"],
      [[["key", "a\nb"]], "not printable ASCII"],
      [[["Key", "a"]], "is not 1 to 128 of"],
      [[["", "a"]], "is not 1 to 128 of"],
      [[["k".repeat(129), "a"]], "is not 1 to 128 of"],
      [
        [
          ["key", "a"],
          ["key", "b"],
        ],
        "is there twice",
      ],
      [[["key", "a".repeat(8190)]], "at most 8192 are allowed"],
    ];
    for (const [index, [pairs, message]] of cases.entries()) {
      peer.socket.write(rawRequest(index + 1, { pairs }));
      const error = await peer.errorOf(index + 1);
      expect(error).toMatchObject({ reason: "METADATA_INVALID", notExecuted: true });
      expect(error.message).toContain(message);
    }
    expect(server.host.calls.items).toEqual([]);
    peer.socket.write(rawRequest(99, { payload: "goes on" }));
    expect((await peer.responseTo(99)).toString()).toBe("goes on");
  });

  test("wrong metadata of a one-way call is logged, not answered", async () => {
    const peer = await fixture.peer(server);
    peer.socket.write(Buffer.concat([rawRequest(1, { flags: 1, pairs: [["Key", "a"]] }), rawRequest(2)]));
    await peer.responseTo(2);
    expect(peer.frames.items.map(({ type }) => type)).toEqual([FrameType.HELLO, FrameType.RESPONSE]);
    const line = await server.context.waitForLine("one-way call refused");
    expect(line.fields).toMatchObject({ reason: expect.stringContaining("metadata key") });
  });

  test("more calls than are allowed in flight are refused one by one", async () => {
    server.host.answer = () => {};
    const peer = await fixture.peer(server);
    peer.socket.write(Buffer.concat([1, 2, 3, 4].map((stream) => rawRequest(stream))));
    expect(await peer.errorOf(4)).toMatchObject({ reason: "OVERLOADED", notExecuted: true });
    const calls = await server.host.calls.first(3);
    for (const call of calls) call.respond(Buffer.from("late"));
    expect((await peer.responseTo(3)).toString()).toBe("late");
    server.host.answer = (call) => call.respond(call.payload);
    peer.socket.write(rawRequest(4, { payload: "again" }));
    expect((await peer.responseTo(4)).toString()).toBe("again");
  });

  test("a ping is answered with its own bytes", async () => {
    const peer = await fixture.peer(server);
    peer.send(FrameType.PING, Buffer.from("12345678"));
    expect((await peer.frame(FrameType.PONG)).body.toString()).toBe("12345678");
  });

  test("an unknown stream's cancel and an unasked pong are ignored", async () => {
    const peer = await fixture.peer(server);
    peer.send(FrameType.CANCEL, Buffer.of(0, 0, 0, 77));
    peer.send(FrameType.PONG, Buffer.alloc(8));
    peer.socket.write(rawRequest(1, { payload: "goes on" }));
    expect((await peer.responseTo(1)).toString()).toBe("goes on");
  });

  test("a peer that breaks off cancels its calls", async () => {
    server.host.answer = () => {};
    for (const end of [(peer: RawPeer) => peer.socket.end(), (peer: RawPeer) => peer.socket.resetAndDestroy()]) {
      const peer = await fixture.peer(server);
      const before = server.host.calls.items.length;
      peer.socket.write(rawRequest(1));
      const call = (await server.host.calls.first(before + 1))[before];
      await new Promise<void>((resolve) => {
        if (call !== undefined) call.onCancel = resolve;
        end(peer);
      });
      call?.respond(Buffer.from("nobody listens"));
    }
  });

  test("a draining server refuses new calls on a connection that it told so", async () => {
    server.host.answer = () => {};
    const peer = await fixture.peer(server);
    peer.socket.write(rawRequest(1));
    const [running] = await server.host.calls.first(1);
    const second = await fixture.server();
    const drained = await fixture.peer(second);
    second.listener.drain();
    second.listener.drain();
    expect(await drained.goaway()).toMatchObject({ reason: "DRAINING" });
    drained.socket.write(rawRequest(1));
    expect(await drained.errorOf(1)).toMatchObject({ reason: "DRAINING", notExecuted: true });
    expect(drained.frames.items.filter(({ type }) => type === FrameType.GOAWAY)).toHaveLength(1);
    running?.respond(Buffer.from("unharmed"));
    expect((await peer.responseTo(1)).toString()).toBe("unharmed");
  });

  test("an answer that the peer can't take becomes MESSAGE_TOO_LARGE, however large the error", async () => {
    const peer = await fixture.peer(server, { maxFrameBytes: 4096 });
    server.host.answer = (call) => call.respond(new Uint8Array(4087));
    peer.socket.write(rawRequest(1));
    expect(await peer.errorOf(1)).toMatchObject({ reason: "MESSAGE_TOO_LARGE", notExecuted: false });
    server.host.answer = (call) => call.respond(new Uint8Array(4086));
    peer.socket.write(rawRequest(2));
    expect(await peer.responseTo(2)).toHaveLength(4086);
  });
});
