import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy whose connections can be broken. */
export interface BreakableProxy extends AsyncDisposable {
  /** Where new connections go. */
  target: string;
  readonly url: string;
  /** Refuses new connections while it is true. */
  closed: boolean;
  /** Forwards nothing while it is true: connections stay, and are silent. */
  silent: boolean;
  breakAll(): void;
}

export async function startProxy(target: string): Promise<BreakableProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (proxy.closed) return void client.destroy();
    const [host, port] = proxy.target.split(":");
    const remote = connect(Number(port), host);
    for (const [from, to] of [
      [client, remote],
      [remote, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (data) => void (proxy.silent || to.write(data)));
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy: BreakableProxy = {
    target,
    url: `ws://127.0.0.1:${port}/`,
    closed: false,
    silent: false,
    breakAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      proxy.breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
