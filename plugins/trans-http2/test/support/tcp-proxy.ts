import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP relay that can stop relaying without closing anything, as a cut cable does. */
export interface TcpProxy extends AsyncDisposable {
  readonly endpoint: string;
  silence(): void;
}

/** Starts a relay to `target`, `host:port`, on a free port. */
export async function startProxy(target: string): Promise<TcpProxy> {
  const pairs: [Socket, Socket][] = [];
  const server = createServer((socket) => {
    const peer = connect(Number(target.split(":")[1]), "127.0.0.1");
    for (const end of [socket, peer]) end.on("error", () => {});
    socket.pipe(peer);
    peer.pipe(socket);
    pairs.push([socket, peer]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    silence() {
      for (const [socket, peer] of pairs) {
        socket.unpipe(peer).pause();
        peer.unpipe(socket).pause();
      }
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const end of pairs.flat()) end.destroy();
    },
  };
}
