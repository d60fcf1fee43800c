import { createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Listener } from "m3game";
import { reasonError } from "m3game/internal";
import { TcpServerConnection, type TcpServerConnectionOptions } from "./tcp-server-connection.ts";

export interface TcpListenerOptions extends Omit<TcpServerConnectionOptions, "onClose"> {
  readonly hostname: string;
  readonly port: number;
  /** What the registry says instead of `hostname`. */
  readonly advertiseHost: string | undefined;
  readonly maxConnections: number;
  readonly tls: TlsOptions | undefined;
}

/** Listens for peers. Rejects with PORT_IN_USE, or PLUGIN_FAILED for an address it can't have. */
export async function listenTcp(options: TcpListenerOptions): Promise<Listener> {
  const connections = new Set<TcpServerConnection>();
  let draining = false;
  const accept = (socket: Duplex) => {
    const connection = new TcpServerConnection(socket, { ...options, onClose: (closed) => connections.delete(closed) });
    connections.add(connection);
    if (draining) connection.drain();
  };
  const { tls } = options;
  const server =
    tls === undefined ? createServer({ noDelay: true }, accept) : createTlsServer({ ...tls, noDelay: true }, accept);
  server.maxConnections = options.maxConnections;
  server.on("tlsClientError", (error) => options.log.warn("TLS handshake failed", { reason: error.message }));
  const port = await listen(server, options);
  return {
    endpoint: `${options.advertiseHost ?? options.hostname}:${port}`,
    drain() {
      draining = true;
      for (const connection of connections) connection.drain();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of [...connections]) connection.close();
      await closed;
    },
  };
}

function listen(server: Server, { hostname, port }: TcpListenerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === "EADDRINUSE";
      reject(
        reasonError(
          inUse ? "PORT_IN_USE" : "PLUGIN_FAILED",
          inUse
            ? `trans_tcp: ${hostname}:${port} is in use: stop what listens there or set another Port (0 takes any free one)`
            : `trans_tcp can't listen on ${hostname}:${port}: ${cause.message}; check Host and Port`,
          { cause },
        ),
      );
    });
    server.listen({ host: hostname, port }, () => {
      server.removeAllListeners("error");
      server.on("error", () => {});
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
