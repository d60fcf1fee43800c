import { once } from "node:events";
import { type WebSocket, WebSocketServer } from "ws";

type OnMessage = (message: Buffer, socket: WebSocket, all: readonly WebSocket[]) => void;

/** The limit: WebSockets and nothing else. Resolves with the URL. */
export async function startWs(onMessage: OnMessage): Promise<string> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, clientTracking: false });
  const all: WebSocket[] = [];
  server.on("connection", (socket) => {
    all.push(socket);
    socket.on("message", (message: Buffer) => onMessage(message, socket, all));
  });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens nowhere");
  return `ws://127.0.0.1:${address.port}`;
}

/** Sends back what comes, as it came. */
export function sendBack(message: Buffer, socket: WebSocket): void {
  socket.send(message);
}
