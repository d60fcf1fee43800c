import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { reasonError } from "m3game/internal";

/** A port that is listened on. Disposing closes it and all its connections. */
export interface BoundPort extends AsyncDisposable {
  readonly port: number;
  /** Takes no new connections; those there are stay. */
  stop(): void;
  /** Resolves once no connection is open. */
  unused(): Promise<void>;
}

/**
 * Listens on `host` and `port`, 0 for any free one. Rejects with PORT_IN_USE, or PLUGIN_FAILED when the address can't be
 * listened on for another reason.
 */
export async function bindPort(host: string, port: number, onConnection: (socket: Socket) => void): Promise<BoundPort> {
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const resolve of waiting) resolve();
    });
    onConnection(socket);
  });
  await listen(server, host, port);
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  let closed: Promise<void> | undefined;
  return {
    port: bound,
    stop: () => void server.close(),
    unused: () => new Promise((resolve) => (sockets.size === 0 ? resolve() : void waiting.add(resolve))),
    [Symbol.asyncDispose]() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const where = hostPort(host, port);
      reject(
        cause.code === "EADDRINUSE"
          ? reasonError("PORT_IN_USE", `${where} is in use: stop what listens there, or set another Port`, { cause })
          : reasonError("PLUGIN_FAILED", `can't listen on ${where}: ${cause.message}`, { cause }),
      );
    });
    server.listen({ host, port }, resolve);
  });
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
