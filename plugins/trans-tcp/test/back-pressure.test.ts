import { once } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FrameType } from "../src/frame.ts";
import { type RawPeer, rawFrame } from "./support/raw-peer.ts";
import { rawRequest } from "./support/raw-request.ts";
import { settled } from "./support/settled.ts";
import { TcpFixture } from "./support/tcp-fixture.ts";

const mebibyte = 1 << 20;

// Some hundred megabytes go over the loopback here.
vi.setConfig({ testTimeout: 60_000 });

let fixture: TcpFixture;

beforeEach(() => {
  fixture = new TcpFixture();
});

afterEach(() => fixture[Symbol.asyncDispose]());

/** Sends the chunks one after the other, waiting for room for each. */
async function sendAll({ socket }: RawPeer, chunks: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunks) if (!socket.write(chunk)) await once(socket, "drain");
}

function* repeated(count: number, make: (index: number) => Buffer): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield make(index);
}

test("a caller that reads no answers gets no more calls read, and memory stays bounded", async () => {
  const server = await fixture.server();
  server.host.answer = (call) => call.respond(Buffer.alloc(mebibyte));
  const slow = await fixture.peer(server, { maxFrameBytes: 2 * mebibyte });
  const other = await fixture.peer(server);
  const padding = "x".repeat(32 * 1024);
  slow.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  const sent = sendAll(
    slow,
    repeated(150, (index) => rawRequest(index + 1, { payload: padding })),
  );

  const dispatched = await settled(() => server.host.calls.items.length);
  // 4 MiB of answers may wait, beside what the system's buffers hold.
  expect(dispatched).toBeLessThan(40);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * mebibyte);
  other.socket.write(rawRequest(1));
  await other.responseTo(1);

  slow.socket.resume();
  await sent;
  await slow.frames.until((_last, frames) => frames.length === 151);
  expect(server.host.calls.items).toHaveLength(151);
});

test("a caller that reads no refusals is not read either, and memory stays bounded", async () => {
  const server = await fixture.server();
  const slow = await fixture.peer(server);
  slow.socket.pause();
  // The refusal shows the key in a form that is six times as long.
  const pairs: [string, string][] = [["\u0001".repeat(10_000), ""]];
  const [count, perChunk] = [200, 10];
  const requests = Buffer.concat(Array.from({ length: perChunk }, (_, stream) => rawRequest(stream + 1, { pairs })));
  const before = process.memoryUsage().arrayBuffers;
  let begun = 0;
  const send = (index: number) => {
    begun = index + 1;
    return requests;
  };
  const sent = sendAll(slow, repeated(count, send));
  expect(await settled(() => begun)).toBeLessThan(count);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * mebibyte);
  slow.socket.resume();
  await sent;
  await slow.frames.until((_last, frames) => frames.length === 1 + count * perChunk);
});

test("pings are not answered to a peer that reads nothing", async () => {
  const server = await fixture.server();
  const slow = await fixture.peer(server);
  slow.socket.pause();
  const pings = Buffer.concat(Array.from({ length: 10_000 }, () => rawFrame(FrameType.PING, Buffer.alloc(8))));
  const count = 150;
  await sendAll(
    slow,
    repeated(count, () => pings),
  );
  slow.socket.write(rawRequest(1, { payload: "done" }));
  await server.host.calls.first(1);
  slow.socket.resume();
  await slow.responseTo(1);
  const pongBytes = 14 * slow.frames.items.filter(({ type }) => type === FrameType.PONG).length;
  expect(pongBytes).toBeLessThan((count * pings.length) / 2);
});

test("calls wait in line while the callee reads nothing, and go on when it does", async () => {
  const { endpoint, peers } = await fixture.rawServer();
  const link = await fixture.link(endpoint);
  const [peer] = await peers.first(1);
  if (peer === undefined) throw new Error("nobody connected");
  peer.greet({ app: "test.world1.echo.1", maxInFlight: 1000 });
  await link.until("up");
  peer.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  const payload = Buffer.alloc(mebibyte);
  const calls = Array.from({ length: 100 }, () => link.send({ payload }));
  // Waiting, a call costs no copy of its message.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * mebibyte);
  link.link.cancel(calls[99] ?? link.send());
  peer.socket.resume();
  await peer.frames.until((_last, frames) => frames.filter(({ type }) => type === FrameType.REQUEST).length === 99);
  expect(calls.flatMap(({ outcomes }) => outcomes)).toEqual([]);
});
