import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { gateWs } from "@m3game/gate-ws";
import { decodeGateMessage, encodeGateMessage, gateAppStarter, gateHello } from "@m3game/testing";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { WebSocket } from "ws";
import { connectWs } from "./support/ws-client.ts";

const startGateApp = gateAppStarter(gateWs);

/** A client that is logged in. */
async function player(endpoint: string, name: string): Promise<WebSocket> {
  const socket = await connectWs(`ws://${endpoint}/`);
  onTestFinished(() => socket.terminate());
  socket.send(gateHello(name));
  const [answer] = await once(socket, "message");
  expect(decodeGateMessage(answer).welcome?.resumed).toBe(false);
  return socket;
}

/** Not `once`, which rejects when the connection is reset. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

async function expectAnswers(socket: WebSocket): Promise<void> {
  socket.send(encodeGateMessage({ ping: 5 }));
  const [answer] = await once(socket, "message");
  expect(decodeGateMessage(answer).pong).toBe(5);
}

test.each([
  ["https://game.example", true],
  ["https://evil.example", false],
  ["null", false],
  [undefined, true],
])("a page of %s may connect: %s", async (origin, allowed) => {
  const { endpoint } = await startGateApp('AllowedOrigins = ["https://game.example"]');
  const opened = connectWs(`ws://${endpoint}/`, origin === undefined ? {} : { origin });
  if (!allowed) return void (await expect(opened).rejects.toThrow("403"));
  (await opened).terminate();
});

test("without a list, only pages of the gate's own host may connect", async () => {
  const { endpoint } = await startGateApp();
  await expect(connectWs(`ws://${endpoint}/`, { origin: "https://game.example" })).rejects.toThrow("403");
  (await connectWs(`ws://${endpoint}/`, { origin: `http://${endpoint}` })).terminate();
});

test("another path is not found, and a plain request is told what this is", async () => {
  const { endpoint } = await startGateApp('Path = "/play"');
  (await connectWs(`ws://${endpoint}/play?x=1`)).terminate();
  await expect(connectWs(`ws://${endpoint}/`)).rejects.toThrow("404");
  const [answer] = await once(request(`http://${endpoint}/play`).end(), "response");
  expect(answer.statusCode).toBe(426);
  answer.resume();
});

test("a text frame closes its connection", async () => {
  const { endpoint } = await startGateApp();
  const [bad, good] = [await player(endpoint, "june"), await player(endpoint, "mike")];
  bad.send("hello");
  const [code] = await once(bad, "close");
  expect(code).toBe(1003);
  await expectAnswers(good);
});

test("a client that never finishes its handshake is cut off", async () => {
  const { endpoint } = await startGateApp("HandshakeTimeOut = 0.05");
  const [host, port] = endpoint.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => {});
  socket.write("GET / HTTP/1.1\r\n");
  await closeOf(socket);
});

test("a client that takes for ever to write its handshake is cut off", async () => {
  const { endpoint } = await startGateApp("HandshakeTimeOut = 1");
  const good = await player(endpoint, "good");
  const [host, port] = endpoint.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => {});
  socket.write("GET / HTTP/1.1\r\na: ");
  const dripping = setInterval(() => socket.write("b"), 20);
  onTestFinished(() => clearInterval(dripping));
  socket.resume();
  await closeOf(socket);
  await expectAnswers(good);
});

test("a client is told by a close code and text why it is refused", async () => {
  const { endpoint } = await startGateApp("", "MaxConnections = 1");
  await player(endpoint, "june");
  const refused = await connectWs(`ws://${endpoint}/`);
  const [code, reason] = await once(refused, "close");
  expect([code, reason.toString()]).toEqual([4008, "1 clients are connected already"]);
});

test("whatever comes as a first message, or later, harms nobody else", async () => {
  const { endpoint } = await startGateApp();
  const good = await player(endpoint, "good");
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.uint8Array({ maxLength: 200 }), async (loggedIn, garbage) => {
      const socket = loggedIn ? await player(endpoint, "bad") : await connectWs(`ws://${endpoint}/`);
      const over = once(socket, "close");
      socket.send(garbage);
      socket.send(encodeGateMessage({ method: "/no.Such/Method", sequence: 1 }));
      // Whatever that was, this ends it.
      socket.send("text");
      await over;
      await expectAnswers(good);
    }),
    { numRuns: 60 },
  );
});

test("bytes that are no WebSocket harm nobody", async () => {
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
    { numRuns: 30 },
  );
});

test("a thousand connections that come and go leave nothing behind", async () => {
  const { endpoint } = await startGateApp("", "MaxConnections = 20");
  for (let round = 0; round < 100; round++) {
    const sockets = Array.from({ length: 10 }, async () => {
      const socket = await connectWs(`ws://${endpoint}/`);
      const closed = once(socket, "close");
      socket.terminate();
      await closed;
    });
    await Promise.all(sockets);
  }
  // All places are free again, as soon as the gate has noticed.
  await expect
    .poll(async () => {
      const attempts = Array.from({ length: 20 }, async () => {
        const socket = await connectWs(`ws://${endpoint}/`);
        const event = Promise.race([
          once(socket, "close").then(([code]) => code),
          once(socket, "message").then(() => "taken"),
        ]);
        socket.send(encodeGateMessage({ ping: 1, hello: { version: 1 } }));
        return { socket, isRefused: (await event) === 4008 };
      });
      const results = await Promise.all(attempts);
      for (const { socket } of results) socket.terminate();
      return results.some(({ isRefused }) => isRefused);
    })
    .toBe(false);
});
