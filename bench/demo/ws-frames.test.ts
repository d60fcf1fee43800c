import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { frameClient, messageIn } from "./ws-frames.ts";

test.each([0, 125, 126, 65_535])("a message of %d bytes goes to a server and comes back", async (length) => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  onTestFinished(() => void server.close());
  server.on("connection", (socket) => socket.on("message", (data: Buffer) => socket.send(data)));
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens nowhere");
  const socket = connect(address.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write(
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await once(socket, "data");
  const sent = Buffer.alloc(length, "abc");
  socket.write(frameClient(sent));
  let received = Buffer.alloc(0);
  socket.on("data", (data) => {
    received = Buffer.concat([received, data]);
  });
  await expect.poll(() => messageIn(received)?.message, { timeout: 20_000 }).toEqual(sent);
  expect(messageIn(received)?.end).toBe(received.length);
  expect(messageIn(received.subarray(0, received.length - 1))).toBeUndefined();
});

test("refuses messages that are too long", () => {
  expect(() => frameClient(new Uint8Array(65_536))).toThrow("65536 bytes is too long");
});
