import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { type Client, status } from "@grpc/grpc-js";
import { gateGrpc } from "@m3game/gate-grpc";
import { decodeGateMessage, encodeGateMessage, gateAppStarter, gateHello } from "@m3game/testing";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { type GateStream, openStream } from "./support/grpc-client.ts";

const startGateApp = gateAppStarter(gateGrpc);

interface Connected {
  readonly client: Client;
  readonly stream: GateStream;
  /** Resolves with the status that ends it. */
  readonly ended: Promise<{ code: number; details: string }>;
}

function open(endpoint: string): Connected {
  const { client, stream } = openStream(endpoint);
  onTestFinished(() => client.close());
  stream.on("error", () => {});
  // Not `once`, which rejects when the stream ends with an error.
  const { promise: ended, resolve } = Promise.withResolvers<{ code: number; details: string }>();
  stream.on("status", ({ code, details }) => resolve({ code, details }));
  return { client, stream, ended };
}

async function player(endpoint: string, name: string): Promise<Connected> {
  const connected = open(endpoint);
  connected.stream.write(gateHello(name));
  const [answer] = await once(connected.stream, "data");
  expect(decodeGateMessage(answer).welcome?.resumed).toBe(false);
  return connected;
}

/** Not `once`, which rejects when the connection is reset. */
function closeOf(connection: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => connection.once("close", () => resolve()));
}

async function expectAnswers({ stream }: Connected): Promise<void> {
  stream.write(encodeGateMessage({ ping: 5 }));
  const [answer] = await once(stream, "data");
  expect(decodeGateMessage(answer).pong).toBe(5);
}

test("a client of the original is answered in its own fields, and an error ends its stream with its status", async () => {
  const { endpoint } = await startGateApp();
  const { stream, ended } = open(endpoint);
  const metas = [{ key: "m3clientserial", value: "1" }];
  stream.write(encodeGateMessage({ content: new TextEncoder().encode("june"), metas }));
  const [answer] = await once(stream, "data");
  expect(decodeGateMessage(answer)).toEqual(
    decodeGateMessage(encodeGateMessage({ content: new TextEncoder().encode("june"), metas })),
  );
  stream.write(encodeGateMessage({ method: "/proto.MultiSer/Hello", metas }));
  stream.resume();
  expect(await ended).toMatchObject({ code: status.PERMISSION_DENIED, details: expect.stringContaining("MultiSer") });
});

test("a login that fails ends the stream of a client of the original with its status", async () => {
  const { endpoint } = await startGateApp();
  const { stream, ended } = open(endpoint);
  stream.write(encodeGateMessage({ metas: [{ key: "a", value: "b" }] }));
  stream.resume();
  expect(await ended).toMatchObject({ code: status.UNAUTHENTICATED });
});

test("a client that closes its half of the stream is gone in order", async () => {
  const { endpoint } = await startGateApp();
  const { stream, ended } = await player(endpoint, "june");
  stream.end();
  stream.resume();
  expect(await ended).toMatchObject({ code: status.OK });
});

test("whatever comes as a first message, or later, harms nobody else", async () => {
  const { endpoint } = await startGateApp();
  const good = await player(endpoint, "good");
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.uint8Array({ maxLength: 200 }), async (loggedIn, garbage) => {
      const bad = loggedIn ? await player(endpoint, "bad") : open(endpoint);
      bad.stream.resume();
      bad.stream.write(garbage);
      bad.stream.write(encodeGateMessage({ method: "/no.Such/Method", sequence: 1 }));
      // No CSMsg: whatever that was, this ends it.
      bad.stream.write(new Uint8Array([255]));
      await bad.ended;
      bad.client.close();
      await expectAnswers(good);
    }),
    { numRuns: 40 },
  );
});

test("a connection that opens no stream is closed", async () => {
  const { endpoint } = await startGateApp("KeepAliveMs = 1000");
  const session = connectHttp2(`http://${endpoint}`);
  onTestFinished(() => session.destroy());
  session.on("error", () => {});
  await closeOf(session);
});

test("a stream that was ended and whose client reads nothing is closed", async () => {
  const { endpoint } = await startGateApp();
  const session = connectHttp2(`http://${endpoint}`, { settings: { initialWindowSize: 0 } });
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": "/proto.GGateSer/CSTransport",
    "content-type": "application/grpc",
    te: "trailers",
  });
  const closed = closeOf(stream);
  stream.on("error", () => {});
  // A message that is no CSMsg.
  stream.write(Uint8Array.of(0, 0, 0, 0, 1, 255));
  await closed;
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
});

test("bytes that are no HTTP/2 harm nobody", async () => {
  const { endpoint } = await startGateApp();
  const good = await player(endpoint, "good");
  const [host, port] = endpoint.split(":");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (garbage) => {
      const socket = connect(Number(port), host);
      socket.on("error", () => {});
      socket.end(garbage);
      socket.resume();
      await closeOf(socket);
      await expectAnswers(good);
    }),
    { numRuns: 20 },
  );
});
