import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createManualClock, TcpProxy, TestLink } from "@m3game/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { linkTo, startServer, startTrans } from "./support/http2-trans.ts";

type Section = Parameters<typeof startTrans>[0];

const grpcHeaders = { ":status": 200, "content-type": "application/grpc" };

/** A server that is no gRPC server; closed with the test. */
async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function connect(endpoint: string, section: Section = {}, clock = createManualClock()): Promise<TestLink> {
  const trans = await startTrans(section, clock);
  onTestFinished(() => trans[Symbol.asyncDispose]());
  return new TestLink(trans, "test.world1.echo.1", endpoint);
}

async function serve(section: Section = {}) {
  const server = await startServer({ section });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const trans = await startTrans(section);
  onTestFinished(() => trans[Symbol.asyncDispose]());
  return { server, link: linkTo(server, trans) };
}

describe("http2 link", () => {
  test("a peer that accepts and says nothing is given up after 5 s", async () => {
    const clock = createManualClock();
    const endpoint = await listen(createServer());
    const link = await connect(endpoint, {}, clock);
    const waiting = link.send();
    clock.advance(4999);
    expect(link.link.state).toBe("connecting");
    clock.advance(1);
    expect(link.link.state).toBe("down");
    expect(await waiting.error()).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
    expect(await link.send().error()).toMatchObject({ reason: "NO_CONNECTION" });
  });

  test("a connected peer that falls silent is noticed", async () => {
    const server = await startServer();
    onTestFinished(() => server[Symbol.asyncDispose]());
    server.host.answer = () => {};
    const proxy = await TcpProxy.start(server.listener.endpoint);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    const link = await connect(proxy.address, { KeepAliveMs: 400 });
    const call = link.send();
    await server.host.calls.first(1);
    proxy.swallow();
    expect(await call.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME", notExecuted: false });
    await link.until("down");
  });

  test("a silent peer is noticed without a call too", async () => {
    const server = await startServer();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const proxy = await TcpProxy.start(server.listener.endpoint);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    const link = await connect(proxy.address, { KeepAliveMs: 400 });
    await link.until("up");
    proxy.swallow();
    await link.until("down");
  });

  test("a listener notices a silent caller and cancels its calls", async () => {
    const server = await startServer({ section: { KeepAliveMs: 400 } });
    onTestFinished(() => server[Symbol.asyncDispose]());
    server.host.answer = () => {};
    const proxy = await TcpProxy.start(server.listener.endpoint);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    const link = await connect(proxy.address, { KeepAliveMs: 0 });
    link.send();
    const [call] = await server.host.calls.first(1);
    const cancelled = Promise.withResolvers<void>();
    if (call !== undefined) call.onCancel = cancelled.resolve;
    proxy.swallow();
    await cancelled.promise;
  });

  test("an endpoint that is no address leaves the link down", async () => {
    for (const endpoint of ["", "127.0.0.1:99999", "unix:/tmp/socket", "///"]) {
      const link = await connect(endpoint);
      await link.until("down");
      expect(await link.send().error(), endpoint).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
    }
  });

  test("a link to a draining app goes down at the first refusal, until the connection ends", async () => {
    const { server, link } = await serve();
    await link.until("up");
    server.listener.drain();
    await link.until("down");
    await link.until("up");
    expect(await link.send().error()).toMatchObject({ reason: "DRAINING", notExecuted: true });
    expect(link.link.state).toBe("down");
    expect(await link.send().error()).toMatchObject({ reason: "DRAINING", notExecuted: true });
    await server[Symbol.asyncDispose]();
    await expect.poll(async () => (await link.send().error()).reason).toBe("NO_CONNECTION");
  });

  test("a host to be reached at is what others connect to", async () => {
    const { server } = await serve({ AdvertiseHost: "app.example" });
    expect(server.listener.endpoint).toMatch(/^app\.example:\d+$/);
  });

  test("metadata that HTTP/2 can't carry fails the call before it is sent, and harms no other", async () => {
    const { server, link } = await serve();
    const many = Array.from({ length: 200 }, (_, index): [string, string] => [`key-${index}`, "1"]);
    const wrong = [...["connection", "te", "host", "x-bin"].map((key): [string, string][] => [[key, "1"]]), many];
    for (const entries of [...wrong, [["x", " blank first"]] as const, [["x", "blank last "]] as const]) {
      const error = await link.send({ metadata: new Map(entries) }).error();
      expect(error).toMatchObject({ reason: "METADATA_INVALID", notExecuted: true });
    }
    expect(server.host.calls.items).toEqual([]);
    await link.send().answer();
    expect(link.link.state).toBe("up");
  });

  test("more calls than MaxInFlight fail with OVERLOADED", async () => {
    const { server, link } = await serve({ MaxInFlight: 2 });
    server.host.answer = () => {};
    const running = [link.send(), link.send()];
    expect(await link.send().error()).toMatchObject({ reason: "OVERLOADED", notExecuted: true });
    for (const call of await server.host.calls.first(2)) call.respond(call.payload);
    await Promise.all(running.map((call) => call.answer()));
    server.host.answer = (call) => call.respond(call.payload);
    await link.send().answer();
  });

  test("a notify call ends when it was handed over, whatever the app does with it", async () => {
    const http2 = createHttp2Server();
    const link = await connect(await listen(http2));
    await link.until("up");
    const call = link.send({ notify: true });
    expect(call.outcomes).toEqual([{ payload: new Uint8Array() }]);
    const [refused] = await once(http2, "stream");
    refused.respond({ ...grpcHeaders, "grpc-status": "13" }, { endStream: true });
    const later = link.send();
    const [stream] = await once(http2, "stream");
    stream.respond({ ...grpcHeaders, "grpc-status": "9" }, { endStream: true });
    expect(await later.error()).toMatchObject({ code: 9 });
    expect(call.outcomes).toHaveLength(1);
  });

  test("a notify call that was handed over arrives although the link is closed", async () => {
    const { server, link } = await serve();
    await link.until("up");
    link.send({ notify: true });
    await link.link[Symbol.asyncDispose]();
    await server.host.calls.first(1);
  });

  test("every link has a connection of its own", async () => {
    const http2 = createHttp2Server();
    let sessions = 0;
    http2.on("session", () => {
      sessions += 1;
    });
    const endpoint = await listen(http2);
    const trans = await startTrans();
    onTestFinished(() => trans[Symbol.asyncDispose]());
    const links = [1, 2].map(() => new TestLink(trans, "test.world1.echo.1", endpoint));
    for (const link of links) await link.until("up");
    expect(sessions).toBe(2);
  });

  test("a deadline that is over is DEADLINE, one far away is none", async () => {
    const { server, link } = await serve();
    await link.until("up");
    expect(await link.send({ deadline: performance.now() - 1 }).error()).toMatchObject({ reason: "DEADLINE" });
    await link.send({ deadline: performance.now() + 2 ** 33 }).answer();
    expect(server.host.calls.last.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("the listener ends a call whose deadline passed, and cancels it in the app", async () => {
    const { server, link } = await serve();
    const cancelled = Promise.withResolvers<void>();
    server.host.answer = (call) => {
      call.onCancel = cancelled.resolve;
    };
    await link.until("up");
    const call = link.send({ deadline: performance.now() + 1000 });
    await server.host.calls.first(1);
    expect(await call.error()).toMatchObject({ reason: "DEADLINE" });
    await cancelled.promise;
  });

  test("a request that is too large for the peer alone is MESSAGE_TOO_LARGE", async () => {
    const { server } = await serve({ MaxMessageBytes: 1000 });
    const link = await connect(server.listener.endpoint);
    expect(await link.send({ payload: new Uint8Array(1001) }).error()).toMatchObject({ reason: "MESSAGE_TOO_LARGE" });
    expect(server.host.calls.items).toEqual([]);
  });

  test("bytes of a message are plain ones on both sides", async () => {
    const { server, link } = await serve();
    const answer = await link.send({ payload: new Uint8Array(3) }).answer();
    expect([answer.constructor, server.host.calls.last.payload.constructor]).toEqual([Uint8Array, Uint8Array]);
  });

  test("it connects past what HTTP proxy variables say", async () => {
    const { server } = await serve();
    vi.stubEnv("http_proxy", "http://127.0.0.1:9");
    vi.stubEnv("grpc_proxy", "http://127.0.0.1:9");
    onTestFinished(() => void vi.unstubAllEnvs());
    const link = await connect(server.listener.endpoint);
    await link.send().answer();
  });
});

describe("http2 link to a gRPC server of another kind", () => {
  async function answers(headers: Record<string, string>) {
    const http2 = createHttp2Server();
    http2.on("stream", (stream) => {
      stream.resume();
      stream.respond({ ...grpcHeaders, ...headers }, { endStream: true });
    });
    return await connect(await listen(http2));
  }

  test("its status keeps code and message, and claims nothing more", async () => {
    const link = await answers({ "grpc-status": "14", "grpc-message": "No connection established" });
    expect(await link.send().error()).toMatchObject({
      code: 14,
      message: "No connection established",
      reason: "",
      notExecuted: false,
    });
  });

  test("error details that are none are left out", async () => {
    const link = await answers({ "grpc-status": "9", "grpc-message": "no", "m3error-bin": "/////w==" });
    expect(await link.send().error()).toMatchObject({ code: 9, message: "no", reason: "" });
  });

  test("an HTTP error in between is an error of that kind", async () => {
    const link = await answers({ ":status": "503", "content-type": "text/html" });
    expect(await link.send().error()).toMatchObject({ code: 14, notExecuted: false });
  });

  test.each([
    ["refused unseen", 7, { reason: "NO_CONNECTION", notExecuted: true }],
    ["cancelled", 8, { reason: "UNKNOWN_OUTCOME", notExecuted: false }],
    ["reset for an internal error", 2, { reason: "UNKNOWN_OUTCOME", notExecuted: false }],
    ["closed without a status", 0, { reason: "UNKNOWN_OUTCOME", notExecuted: false }],
  ])("a stream that is %s", async (_what, code, expected) => {
    const http2 = createHttp2Server();
    let streams = 0;
    http2.on("stream", (stream) => {
      streams += 1;
      stream.on("error", () => {});
      stream.close(code);
    });
    const link = await connect(await listen(http2));
    expect(await link.send().error()).toMatchObject(expected);
    expect(streams, "the runtime sends again, not the transport").toBe(1);
  });
});
