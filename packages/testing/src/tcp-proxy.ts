import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

/** A TCP relay that fails as networks do. */
export class TcpProxy implements AsyncDisposable {
  readonly address: string;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #swallows = false;
  #cutsReplies = false;

  /** Starts a relay to `target`, `host:port`, on a free port. */
  static async start(target: string): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new TcpProxy(server, `127.0.0.1:${address.port}`, Number(target.split(":")[1]));
  }

  private constructor(server: Server, address: string, targetPort: number) {
    this.#server = server;
    this.address = address;
    server.on("connection", (client) => this.#relay({ client, target: connect(targetPort, "127.0.0.1") }));
  }

  /** Relays nothing any more, on old connections and new ones, and closes none: a cut cable. */
  swallow(): void {
    this.#swallows = true;
  }

  /** Breaks all connections, and relays new ones as they should be. */
  heal(): void {
    this.#swallows = false;
    this.#cutsReplies = false;
    for (const pair of [...this.#pairs]) this.#close(pair);
  }

  /** Each connection breaks when the target answers on it: requests arrive, answers do not. */
  cutReplies(isOn: boolean): void {
    this.#cutsReplies = isOn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const pair of this.#pairs) this.#close(pair);
  }

  #relay(pair: Pair): void {
    const { client, target } = pair;
    this.#pairs.add(pair);
    client.on("data", (chunk) => !this.#swallows && target.write(chunk));
    target.on("data", (chunk) => {
      if (this.#cutsReplies) this.#close(pair);
      else if (!this.#swallows) client.write(chunk);
    });
    for (const end of [client, target]) {
      end.on("error", () => {});
      end.on("close", () => this.#close(pair));
    }
  }

  #close(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.destroy();
    pair.target.destroy();
  }
}
