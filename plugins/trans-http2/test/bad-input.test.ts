import type { OutgoingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { status } from "@grpc/grpc-js";
import { Code, type M3Error } from "m3game";
import { decodeError, toCode } from "m3game/internal";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PlainClient } from "./support/grpc-client.ts";
import { startServer, type TestServer } from "./support/http2-trans.ts";
import { RawHttp2 } from "./support/raw-http2.ts";

describe("what the listener is sent", () => {
  let server: TestServer;
  let raw: RawHttp2;

  beforeEach(async () => {
    server = await startServer({ section: { MaxMessageBytes: 64 * 1024 } });
    raw = new RawHttp2(server.listener.endpoint);
  });

  afterEach(async () => {
    raw[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    vi.restoreAllMocks();
  });

  async function errorOf(headers: OutgoingHttpHeaders): Promise<M3Error> {
    const answer = await raw.request(headers);
    const detail = Buffer.from(String(answer["m3error-bin"] ?? ""), "base64");
    return decodeError(toCode(Number(answer["grpc-status"])), decodeURI(String(answer["grpc-message"])), detail);
  }

  async function stillServes(): Promise<void> {
    const before = server.host.calls.items.length;
    expect(await raw.request({})).toMatchObject({ "grpc-status": "0" });
    expect(server.host.calls.items).toHaveLength(before + 1);
  }

  test.each<[string, OutgoingHttpHeaders, string]>([
    ["a key twice", { "x-key": ["a", "b"] }, "x-key"],
    ["a key twice with the same value", { "x-key": ["a", "a"] }, "x-key"],
    ["a key of the framework twice", { m3routehashkey: ["1", "2"] }, "m3routehashkey"],
    ["a value that is not ASCII", { "x-key": "caf\u00e9" }, "x-key"],
    ["more than 8 KiB", { "x-key": "x".repeat(9000) }, "8192"],
    ["an unknown route type", { m3routetype: "RouteTypeElsewhere" }, "RouteTypeElsewhere"],
    ["hops that are no number", { m3hops: "-1" }, "-1"],
    ["a notify flag that is none", { m3routeisnty: "yes" }, "yes"],
  ])("metadata with %s is refused with METADATA_INVALID", async (_what, headers, named) => {
    const printed = [vi.spyOn(console, "error"), vi.spyOn(console, "log")];
    const error = await errorOf(headers);
    expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "METADATA_INVALID", notExecuted: true });
    expect(error.message).toContain(named);
    expect(server.host.calls.items).toEqual([]);
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
    await stillServes();
  });

  test("a method that is not hosted is refused with UNKNOWN_METHOD", async () => {
    for (const path of ["/m3test.EchoSer/Nothing", "/proto.NoSer/Hello", "/", "/m3test.EchoSer/caf\u00e9"]) {
      const error = await errorOf({ ":path": path });
      expect(error).toMatchObject({ code: Code.UNIMPLEMENTED, reason: "UNKNOWN_METHOD", notExecuted: true });
    }
    await stillServes();
  });

  test("a call to a draining app is refused with DRAINING", async () => {
    server.listener.drain();
    using late = new RawHttp2(server.listener.endpoint);
    const answer = await late.request({});
    expect(answer["grpc-status"]).toBe(String(Code.UNAVAILABLE));
    const error = decodeError(Code.UNAVAILABLE, "", Buffer.from(String(answer["m3error-bin"]), "base64"));
    expect(error).toMatchObject({ reason: "DRAINING", notExecuted: true });
  });

  test("the caller's metadata is what the caller set", async () => {
    using client = new PlainClient(server.listener.endpoint);
    await client.callRaw("/m3test.EchoSer/Echo", new Uint8Array(3), {
      actorid: "7",
      m3gatemsg: "1",
      "x-trace": "a, b",
    });
    expect(new Map(server.host.calls.last.metadata)).toEqual(
      new Map([
        ["actorid", "7"],
        ["x-trace", "a, b"],
      ]),
    );
  });

  test("a notify call is answered as soon as the app has it", async () => {
    server.host.answer = () => {};
    expect(await raw.request({ m3routeisnty: "1" })).toMatchObject({ "grpc-status": "0" });
    expect(server.host.calls.last.notify).toBe(true);
  });

  test("binary metadata is left out", async () => {
    expect(await raw.request({ "trace-bin": ["AAEC", "AwQ="], "x-key": "1" })).toMatchObject({ "grpc-status": "0" });
    expect([...server.host.calls.last.metadata.keys()]).toEqual(["x-key"]);
  });

  test("more headers than HTTP/2 takes end the call, not the connection", async () => {
    const headers = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key-${index}`, "1"]));
    await expect(raw.request(headers)).rejects.toThrow();
    await stillServes();
  });

  test("a timeout that is none is an error of the call", async () => {
    expect(Number((await raw.request({ "grpc-timeout": "soon" }))["grpc-status"])).toBe(status.INTERNAL);
    await stillServes();
  });

  test("a request that is no gRPC gets an HTTP status", async () => {
    expect(await raw.request({ "content-type": "text/plain" })).toMatchObject({ ":status": 415 });
    await stillServes();
  });

  test("a request above the limit is refused before it is read whole", async () => {
    using client = new PlainClient(server.listener.endpoint);
    const answer = client.callRaw("/m3test.EchoSer/Echo", new Uint8Array(64 * 1024 + 1));
    await expect(answer).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(server.host.calls.items).toEqual([]);
    await stillServes();
  });

  test.each([
    ["an HTTP/1 request", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["bytes that mean nothing", "\u0000\u0001\u0002 nothing like a preface, and some more of it"],
    ["an HTTP/2 preface and then garbage", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n garbage garbage garbage"],
  ])("%s closes that connection only", async (_what, text) => {
    const port = Number(server.listener.endpoint.split(":")[1]);
    const socket = connect(port, "127.0.0.1");
    // Not `once`, which rejects when the connection is reset.
    const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
    socket.on("error", () => {});
    socket.write(text);
    socket.resume();
    await closed;
    await stillServes();
  });

  test("a connection that is cut in the middle of a call cancels it", async () => {
    server.host.answer = () => {};
    const cut = new RawHttp2(server.listener.endpoint);
    const answer = cut.request({});
    const [call] = await server.host.calls.first(1);
    const cancelled = Promise.withResolvers<void>();
    if (call !== undefined) call.onCancel = cancelled.resolve;
    cut[Symbol.dispose]();
    await cancelled.promise;
    await answer;
  });
});
