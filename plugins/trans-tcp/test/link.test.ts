import { TestCall } from "@m3game/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FrameType } from "../src/frame.ts";
import { openSockets } from "./support/open-sockets.ts";
import type { RawPeer } from "./support/raw-peer.ts";
import { RecordingClock } from "./support/recording-clock.ts";
import { echoApp, TcpFixture } from "./support/tcp-fixture.ts";

let fixture: TcpFixture;

beforeEach(() => {
  fixture = new TcpFixture();
});

afterEach(() => fixture[Symbol.asyncDispose]());

const isRetry = (delayMs: number) => !Number.isInteger(delayMs);

/** Gets the newest retry that was set, and lets its time come. */
async function retry(clock: RecordingClock, count: number): Promise<number> {
  await clock.delays.until((_last, delays) => delays.filter(isRetry).length === count);
  const delay = clock.delays.items.filter(isRetry).at(-1) ?? 0;
  clock.advance(delay);
  return delay;
}

async function acceptedPeer(peers: { first(count: number): Promise<readonly RawPeer[]> }, count: number) {
  const peer = (await peers.first(count)).at(-1);
  if (peer === undefined) throw new Error("nobody connected");
  return peer;
}

test("a thousand calls at a time share one connection", async () => {
  const server = await fixture.server();
  const link = await fixture.link(server.listener.endpoint);
  const calls = Array.from({ length: 1000 }, (_, index) => link.send({ payload: Buffer.from(`call ${index}`) }));
  const answers = await Promise.all(calls.map((call) => call.answer()));
  expect(answers.map((answer) => Buffer.from(answer).toString())).toEqual(calls.map((_, index) => `call ${index}`));
  // Both ends are in this process.
  await vi.waitFor(() => expect(openSockets()).toBe(2), { timeout: 20_000 });
});

test("another app at the address is refused with WRONG_APP", async () => {
  const server = await fixture.server();
  const link = await fixture.link(server.listener.endpoint, {}, undefined, "test.world1.echo.2");
  const early = link.send();
  await link.until("down");
  for (const call of [early, link.send()]) {
    const error = await call.error();
    expect(error).toMatchObject({ reason: "WRONG_APP", notExecuted: true });
    expect(error.message).toContain(`test.world1.echo.2 was expected at this address, but ${echoApp} answers`);
  }
  expect(server.host.calls.items).toEqual([]);
});

test("an endpoint that is none fails the calls, and nothing throws", async () => {
  for (const endpoint of ["", "nowhere", "127.0.0.1:0", "127.0.0.1:99999"]) {
    const link = await fixture.link(endpoint);
    const error = await link.send().error();
    expect(error).toMatchObject({ reason: "NO_CONNECTION" });
    expect(error.message).toContain("is no endpoint: host:port is wanted");
  }
});

test("calls above the limit in flight fail with OVERLOADED, later ones pass", async () => {
  const server = await fixture.server();
  server.host.answer = () => {};
  const link = await fixture.link(server.listener.endpoint, { MaxInFlight: 2 });
  const [first, second, third] = [link.send(), link.send(), link.send()];
  expect(await third?.error()).toMatchObject({ reason: "OVERLOADED", notExecuted: true });
  const [inbound] = await server.host.calls.first(2);
  expect(await link.send().error()).toMatchObject({ reason: "OVERLOADED" });
  inbound?.respond(new Uint8Array(1));
  await first?.answer();
  link.send();
  await server.host.calls.first(3);
  link.link.cancel(second ?? new TestCall());
  link.send();
  await server.host.calls.first(4);
});

test("calls that waited for the connection are held to the limit that the peer then tells", async () => {
  const { endpoint, peers } = await fixture.rawServer();
  const link = await fixture.link(endpoint);
  const calls = [link.send(), link.send(), link.send()];
  const peer = await acceptedPeer(peers, 1);
  peer.greet({ app: echoApp, maxInFlight: 2 });
  expect(await calls[2]?.error()).toMatchObject({ reason: "OVERLOADED", notExecuted: true });
  // The pong comes after whatever was sent before it.
  peer.send(FrameType.PING, Buffer.alloc(8));
  await peer.frame(FrameType.PONG);
  const types = peer.frames.items.map(({ type }) => type);
  expect(types).toEqual([FrameType.HELLO, FrameType.REQUEST, FrameType.REQUEST, FrameType.PONG]);
});

test("what is left of the deadline travels, rounded up to milliseconds", async () => {
  const [callerClock, calleeClock] = [new RecordingClock(), new RecordingClock()];
  callerClock.advance(1000);
  calleeClock.advance(50_000);
  const server = await fixture.server({}, calleeClock);
  const link = await fixture.link(server.listener.endpoint, {}, callerClock);
  for (const [deadline, left] of [
    [3000, 2000],
    [1000.2, 1],
    [900, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ] as const) {
    await link.send({ deadline }).answer();
    expect(server.host.calls.last.deadline).toBe(50_000 + left);
  }
});

test("a hash key of any length up to 4096 travels beside a message near the limit; a longer one is refused", async () => {
  const server = await fixture.server({ MaxMessageBytes: 65_536 });
  const link = await fixture.link(server.listener.endpoint, { MaxMessageBytes: 65_536 });
  const payload = new Uint8Array(65_536);
  await link.send({ hashKey: "☂".repeat(4096), payload }).answer();
  expect(await link.send({ hashKey: "x".repeat(4097) }).error()).toMatchObject({ reason: "ROUTE_INVALID" });
  const metadata = new Map([["key", "x".repeat(8000)]]);
  const tooMuch = link.send({ hashKey: "☂".repeat(4096), payload, metadata });
  expect(await tooMuch.error()).toMatchObject({ reason: "MESSAGE_TOO_LARGE", notExecuted: true });
  await link.send({ payload, metadata }).answer();
});

test("a call chain of up to 8192 characters travels, a longer one is refused", async () => {
  const server = await fixture.server();
  const link = await fixture.link(server.listener.endpoint);
  await link.send({ chain: "x".repeat(8192) }).answer();
  expect(server.host.calls.last.chain).toHaveLength(8192);
  expect(await link.send({ chain: "x".repeat(70_000) }).error()).toMatchObject({ reason: "MESSAGE_TOO_LARGE" });
  await link.send().answer();
});

test("attempts that fail are repeated ever more rarely, with jitter, up to 5 s", async () => {
  const clock = new RecordingClock();
  const { endpoint, peers } = await fixture.rawServer();
  await fixture.link(endpoint, {}, clock);
  for (const [index, most] of [100, 200, 400, 800, 1600, 3200, 5000, 5000].entries()) {
    const peer = await acceptedPeer(peers, index + 1);
    peer.socket.destroy();
    const delay = await retry(clock, index + 1);
    expect(delay).toBeGreaterThanOrEqual(most / 2);
    expect(delay).toBeLessThan(most);
  }
});

test("a connection that held is tried again at once, one that comes and goes is not", async () => {
  const clock = new RecordingClock();
  const { endpoint, peers } = await fixture.rawServer();
  const link = await fixture.link(endpoint, {}, clock);
  const delays: number[] = [];
  for (const lastsMs of [0, 0, 0, 6000, 0]) {
    const count = delays.length + 1;
    const peer = await acceptedPeer(peers, count);
    peer.greet({ app: echoApp });
    await link.until("up");
    clock.advance(lastsMs);
    peer.socket.destroy();
    delays.push(await retry(clock, count));
  }
  expect(delays.map((delay) => 1 + Math.floor(Math.log2(delay / 100)))).toEqual([0, 1, 2, 0, 1]);
});

test("after a goaway what runs is still answered, then the connection is left and made again", async () => {
  const clock = new RecordingClock();
  const server = await fixture.server();
  server.host.answer = () => {};
  const link = await fixture.link(server.listener.endpoint, {}, clock);
  const running = link.send();
  const [inbound] = await server.host.calls.first(1);
  server.listener.drain();
  await link.until("down");
  expect(await link.send().error()).toMatchObject({ reason: "DRAINING", notExecuted: true });
  inbound?.respond(Buffer.from("late"));
  expect(Buffer.from(await running.answer()).toString()).toBe("late");
  await retry(clock, 1);
  await link.until("up");
});

test("a link disposed while it connects, greets or waits to try again leaves nothing behind", async () => {
  const clock = new RecordingClock();
  const { endpoint, peers } = await fixture.rawServer();
  const connecting = await fixture.link(endpoint, {}, clock);
  const call = connecting.send();
  const connectingGone = connecting.link[Symbol.asyncDispose]();
  expect(await call.error()).toMatchObject({ reason: "NO_CONNECTION" });
  (await acceptedPeer(peers, 1)).socket.destroy();
  await connectingGone;

  const greeting = await fixture.link(endpoint, {}, clock);
  const peer = await acceptedPeer(peers, 2);
  await peer.frame(FrameType.HELLO);
  const greetingGone = greeting.link[Symbol.asyncDispose]();
  await peer.closed;
  await greetingGone;

  const waiting = await fixture.link(endpoint, {}, clock);
  (await acceptedPeer(peers, 3)).socket.destroy();
  await waiting.until("down");
  await waiting.link[Symbol.asyncDispose]();

  expect(clock.pending).toBe(0);
  await vi.waitFor(() => expect(openSockets()).toBe(0), { timeout: 20_000 });
  for (const { states } of [connecting, greeting, waiting]) expect(states.items).toEqual(["connecting", "down"]);
});

test("a peer that never closes its side is cut off after a second", async () => {
  const clock = new RecordingClock();
  const { endpoint, peers } = await fixture.rawServer({ allowHalfOpen: true });
  const link = await fixture.link(endpoint, {}, clock);
  const peer = await acceptedPeer(peers, 1);
  peer.greet({ app: echoApp });
  await link.until("up");
  const gone = link.link[Symbol.asyncDispose]();
  await peer.frame(FrameType.GOAWAY);
  clock.advance(1000);
  await gone;
});

test("a transport that was disposed makes no more connections", async () => {
  const server = await fixture.server();
  const { trans } = await fixture.trans();
  await trans[Symbol.asyncDispose]();
  const { listener, host } = server;
  const link = trans.connect({ sourceApp: "a.b.c.1", targetApp: host.app, endpoint: listener.endpoint, onState() {} });
  expect(link.state).toBe("down");
  const call = new TestCall();
  link.send(call);
  expect(await call.error()).toMatchObject({ reason: "NO_CONNECTION" });
});

test("wrong answers of a server close the connection, with UNKNOWN_OUTCOME for what was in flight", async () => {
  const { endpoint, peers } = await fixture.rawServer();
  const answers: [number, Buffer][] = [
    [FrameType.RESPONSE, Buffer.alloc(3)],
    [FrameType.ERROR, Buffer.of(0, 0, 0, 1, 5)],
    [FrameType.REQUEST, Buffer.alloc(20)],
    [99, Buffer.alloc(4)],
  ];
  for (const [index, [type, body]] of answers.entries()) {
    const link = await fixture.link(endpoint);
    const call = link.send();
    const peer = await acceptedPeer(peers, index + 1);
    peer.greet({ app: echoApp });
    await peer.frame(FrameType.REQUEST);
    peer.send(type, body);
    expect(await call.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    expect(await peer.goaway()).toMatchObject({ reason: "PROTOCOL" });
    await link.link[Symbol.asyncDispose]();
  }
});
