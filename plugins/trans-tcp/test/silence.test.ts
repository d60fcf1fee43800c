import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FrameType, preface } from "../src/frame.ts";
import { helloFrame } from "./support/raw-peer.ts";
import { rawRequest } from "./support/raw-request.ts";
import { RecordingClock } from "./support/recording-clock.ts";
import { echoApp, TcpFixture } from "./support/tcp-fixture.ts";

const greetingMs = 5000;
const keepAliveMs = 700;

let fixture: TcpFixture;
let clock: RecordingClock;

beforeEach(() => {
  fixture = new TcpFixture();
  clock = new RecordingClock();
});

afterEach(() => fixture[Symbol.asyncDispose]());

test("a caller that connects and says nothing is told so and closed", async () => {
  const server = await fixture.server({}, clock);
  const peer = await fixture.stranger(server);
  await clock.delays.until((delay) => delay === greetingMs);
  clock.advance(greetingMs - 1);
  peer.socket.write(preface);
  clock.advance(1);
  expect(await peer.goaway()).toMatchObject({ reason: "PROTOCOL", message: `no greeting within ${greetingMs} ms` });
  await peer.closed;
});

test("a listener that accepts and says nothing is given up; calls that waited fail, and it is tried again", async () => {
  const { endpoint, peers } = await fixture.rawServer();
  const link = await fixture.link(endpoint, {}, clock);
  const call = link.send();
  const [peer] = await peers.first(1);
  await peer?.frame(FrameType.HELLO);
  clock.advance(greetingMs);
  const error = await call.error();
  expect(error).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
  expect(error.message).toContain(`no greeting within ${greetingMs} ms`);
  expect(link.link.state).toBe("down");
  clock.advance(100);
  await peers.first(2);
});

test("a caller gone silent is asked, then given up, and its calls are cancelled", async () => {
  const server = await fixture.server({ KeepAliveMs: keepAliveMs }, clock);
  server.host.answer = () => {};
  const peer = await fixture.peer(server);
  peer.socket.write(rawRequest(1));
  const [call] = await server.host.calls.first(1);
  const cancelled = new Promise<void>((resolve) => {
    if (call !== undefined) call.onCancel = resolve;
  });
  // It was heard in the first interval.
  clock.advance(keepAliveMs);
  clock.advance(keepAliveMs);
  await peer.frame(FrameType.PING);
  clock.advance(keepAliveMs);
  await cancelled;
  await peer.closed;
  await vi.waitFor(() => expect(clock.pending).toBe(0), { timeout: 20_000 });
});

test("a caller that answers stays", async () => {
  const server = await fixture.server({ KeepAliveMs: keepAliveMs }, clock);
  const peer = await fixture.peer(server);
  clock.advance(keepAliveMs);
  for (let round = 1; round <= 3; round++) {
    clock.advance(keepAliveMs);
    const frames = await peer.frames.first(2 * round);
    expect(frames.at(-1)?.type).toBe(FrameType.PING);
    peer.send(FrameType.PONG, Buffer.alloc(8));
    // The answer to this shows that the pong was read.
    peer.send(FrameType.PING, Buffer.alloc(8));
    await peer.frames.first(2 * round + 1);
    clock.advance(keepAliveMs);
  }
  peer.socket.write(rawRequest(1, { payload: "still here" }));
  await peer.responseTo(1);
});

test("a callee gone silent fails the calls in flight with UNKNOWN_OUTCOME and is connected to again", async () => {
  const { endpoint, peers } = await fixture.rawServer();
  const link = await fixture.link(endpoint, { KeepAliveMs: keepAliveMs }, clock);
  const [peer] = await peers.first(1);
  peer?.greet({ app: echoApp });
  await link.until("up");
  const call = link.send();
  await peer?.frame(FrameType.REQUEST);
  clock.advance(keepAliveMs);
  clock.advance(keepAliveMs);
  await peer?.frame(FrameType.PING);
  clock.advance(keepAliveMs);
  expect(await call.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME", notExecuted: false });
  expect(link.link.state).toBe("down");
  expect((await link.send().error()).message).toContain(`said nothing for ${2 * keepAliveMs} ms`);
  clock.advance(100);
  const [, again] = await peers.first(2);
  again?.socket.write(Buffer.concat([preface, helloFrame({ app: echoApp })]));
  await link.until("up");
});
