import type { IncomingMessage } from "node:http";
import { createServer as createHttps } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { bindPort, hostPort, type ServerTls } from "@m3game/net-listen";
import { type GateHost, type GateListener, type GateReceiver, M3Error } from "m3game";
import { type WebSocket, WebSocketServer } from "ws";
import type { WsConfig } from "./config.ts";
import { isAllowedOrigin } from "./origin.ts";
import { WsConnection } from "./ws-connection.ts";

/** Listens for WebSockets. Rejects with PORT_IN_USE, or PLUGIN_FAILED when it can't listen. */
export async function listenWs(host: GateHost, config: WsConfig, tls: ServerTls | undefined): Promise<GateListener> {
  const sockets = new WebSocketServer({
    noServer: true,
    // Game messages are small, and a compressor takes 300 KiB for each client.
    perMessageDeflate: false,
    maxPayload: config.MaxFrameBytes,
    clientTracking: false,
  });
  const handshakeTimeout = config.HandshakeTimeOut * 1000;
  // Importing it would load all that it exports, and with that Node's WebSocket: 4 MiB.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = tls === undefined ? createServer() : createHttps({ ...tls, handshakeTimeout });
  const handshakes = new WeakMap<Socket, NodeJS.Timeout>();
  // Not the socket's own time-out: that begins anew with each byte.
  const expectHandshake = (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), handshakeTimeout);
    handshakes.set(socket, timer);
    socket.once("close", () => clearTimeout(timer));
  };
  server.on("request", (_request, response) => {
    response.writeHead(426, { connection: "close", upgrade: "websocket" }).end("This is a WebSocket.\n");
  });
  if (tls !== undefined) server.on("secureConnection", expectHandshake);
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, config);
    if (refusal !== undefined)
      return socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    const remote = hostPort(request.socket.remoteAddress ?? "", request.socket.remotePort ?? 0);
    sockets.handleUpgrade(request, socket, head, (client) => {
      clearTimeout(handshakes.get(request.socket));
      accept(host, client, remote, request.socket);
    });
  });
  const bound = await bindPort(config.Host, config.Port, (socket) => {
    socket.on("error", () => socket.destroy());
    if (tls === undefined) expectHandshake(socket);
    server.emit("connection", socket);
  });
  return {
    endpoint: hostPort(config.Host, bound.port),
    drain: () => bound.stop(),
    [Symbol.asyncDispose]: () => bound[Symbol.asyncDispose](),
  };
}

function accept(host: GateHost, client: WebSocket, remote: string, socket: Socket): void {
  // What is wrong with a frame closes it, with the code that says so.
  client.on("error", () => {});
  const connection = new WsConnection(client, socket, remote);
  let receiver: GateReceiver;
  try {
    receiver = host.accept(connection);
  } catch (error) {
    const { code, message } = M3Error.from(error);
    return connection.close(code, message);
  }
  connection.receive(receiver);
}

function refusalOf({ url = "", headers }: IncomingMessage, config: WsConfig): string | undefined {
  const [path] = url.split("?");
  if (path !== config.Path) return "404 Not Found";
  return isAllowedOrigin(headers.origin, headers.host, config.AllowedOrigins) ? undefined : "403 Forbidden";
}
