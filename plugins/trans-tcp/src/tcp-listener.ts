import { createServer, type DropArgument, type Server, type Socket } from "node:net";
import type { Listener } from "m3game";
import { reasonError } from "m3game/internal";
import { certificateRefused } from "./connection-lost.ts";
import { formatEndpoint } from "./endpoint.ts";
import { TcpServerConnection, type TcpServerConnectionOptions } from "./tcp-server-connection.ts";
import type { PeerTls } from "./tls.ts";

export interface TcpListenerOptions extends Omit<TcpServerConnectionOptions, "onClose"> {
  readonly hostname: string;
  readonly port: number;
  /** What the registry says instead of `hostname`. */
  readonly advertiseHost: string | undefined;
  readonly maxConnections: number;
  readonly tls: PeerTls | undefined;
}

/** Listens for peers. Rejects with PORT_IN_USE, or PLUGIN_FAILED for an address it can't have. */
export async function listenTcp(options: TcpListenerOptions): Promise<Listener> {
  const connections = new Set<TcpServerConnection>();
  const sockets = new Set<Socket>();
  let draining = false;
  const accept = (socket: Socket) => {
    const connection = new TcpServerConnection(socket, { ...options, onClose: (closed) => connections.delete(closed) });
    connections.add(connection);
    if (draining) connection.drain();
    const refusal = options.tls?.refusal(socket);
    if (refusal !== undefined) connection.refuse(certificateRefused(refusal));
  };
  const server = createPeerServer(options, accept);
  // Also those whose TLS handshake is not over yet, of which `accept` does not know.
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const port = await listen(server, options);
  let closed: Promise<void> | undefined;
  return {
    endpoint: formatEndpoint(options.advertiseHost ?? options.hostname, port),
    drain() {
      draining = true;
      for (const connection of connections) connection.drain();
    },
    [Symbol.asyncDispose]() {
      closed ??= closeAll();
      return closed;
    },
  };

  async function closeAll(): Promise<void> {
    const serverClosed = new Promise<void>((resolve) => server.close(() => resolve()));
    await Promise.all([...connections].map((connection) => connection.close()));
    for (const socket of sockets) socket.destroy();
    await serverClosed;
  }
}

function createPeerServer({ tls, log, maxConnections }: TcpListenerOptions, accept: (socket: Socket) => void): Server {
  const server = tls === undefined ? createServer({ noDelay: true }, accept) : tls.createServer(accept);
  server.maxConnections = maxConnections;
  server.on("drop", (dropped?: DropArgument) => {
    log.warn("connection refused: MaxConnections are open", { maxConnections, from: dropped?.remoteAddress });
  });
  server.on("tlsClientError", (error: Error) => log.warn("TLS handshake failed", { reason: error.message }));
  return server;
}

function listen(server: Server, { hostname, port, log }: TcpListenerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      const where = formatEndpoint(hostname, port);
      reject(
        cause.code === "EADDRINUSE"
          ? reasonError(
              "PORT_IN_USE",
              `trans_tcp: ${where} is in use: stop what listens there or set another Port (0 takes any free one)`,
              { cause },
            )
          : reasonError("PLUGIN_FAILED", `trans_tcp can't listen on ${where}: ${cause.message}; check Host and Port`, {
              cause,
            }),
      );
    };
    server.once("error", onError);
    server.listen({ host: hostname, port }, () => {
      server.removeListener("error", onError);
      server.on("error", (error) => log.error("a connection can't be accepted", { error }));
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
