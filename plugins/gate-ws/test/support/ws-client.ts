import { once } from "node:events";
import type { GateClient } from "@m3game/testing";
import { type ClientOptions, WebSocket } from "ws";

/** Connects as a client that is no browser. Rejects when the handshake is refused. */
export async function connectWs(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, options);
  await once(socket, "open");
  return socket;
}

/** The same as a conformance run wants it. */
export async function connectClient(endpoint: string): Promise<GateClient> {
  const socket = new WebSocket(`ws://${endpoint}/`);
  const client: GateClient = {
    write: (message) => socket.send(message),
    onMessage: () => {},
    onEnd: () => {},
    end: () => socket.close(1000),
    break: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
  socket.on("message", (data: Buffer) => client.onMessage(data));
  socket.on("close", (code, reason) => client.onEnd({ code: toGrpcCode(code), reason: reason.toString() }));
  await once(socket, "open");
  socket.on("error", () => {});
  return client;
}

function toGrpcCode(code: number): number | undefined {
  if (code === 1000) return 0;
  return code > 4000 ? code - 4000 : undefined;
}
