import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Stands between an app and a server, and holds back what they say. Disposing breaks all connections. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  #holdsRequests = false;
  #holdsAnswers = false;

  /** Resolves when connections to `address` are passed on to `target`, both `host:port`. */
  static async start(target: string): Promise<FaultProxy> {
    const [host = "", port = ""] = target.split(":");
    const proxy = new FaultProxy({ host, port: Number(port) });
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return `127.0.0.1:${address.port}`;
  }

  /** From now on nothing gets through, and nobody is told. */
  cut(): void {
    this.#hold(true, true);
  }

  /** From now on requests get through, and answers do not. */
  cutAnswers(): void {
    this.#hold(false, true);
  }

  /** Everything gets through again, what was held back first. */
  heal(): void {
    this.#hold(false, false);
  }

  /** Breaks all connections; what was held back is lost. New ones get through. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    this.heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #accept(client: Socket): void {
    const server = connect(this.#target);
    const pair = { client, server };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.once("close", () => {
        this.#pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => client.write(chunk));
    this.#apply(pair);
  }

  #hold(requests: boolean, answers: boolean): void {
    this.#holdsRequests = requests;
    this.#holdsAnswers = answers;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  #apply({ client, server }: Pair): void {
    if (this.#holdsRequests) client.pause();
    else client.resume();
    if (this.#holdsAnswers) server.pause();
    else server.resume();
  }
}
