import { once } from "node:events";
import { createServer, type ServerOpts, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { createPluginContext, echo, Received, RecordingHost, TestLink, type TestPluginContext } from "@m3game/testing";
import { transTcp } from "@m3game/trans-tcp";
import type { Clock, Listener, Trans } from "m3game";
import { RawPeer } from "./raw-peer.ts";

export const echoApp = "test.world1.echo.1";

export interface TcpServer {
  readonly host: RecordingHost;
  readonly listener: Listener;
  readonly trans: Trans;
  readonly context: TestPluginContext;
}

/** Makes transports, listeners and links, and disposes what a test left open. */
export class TcpFixture implements AsyncDisposable {
  readonly #cleanup = new AsyncDisposableStack();

  use<T extends AsyncDisposable>(value: T): T {
    return this.#cleanup.use(value);
  }

  /** A transport with the keys of a config section. */
  async trans(section: object = {}, clock?: Clock): Promise<{ trans: Trans; context: TestPluginContext }> {
    const context = createPluginContext(echoApp);
    const made = await transTcp.create(
      transTcp.config.parse(section),
      clock === undefined ? context : { ...context, clock },
    );
    return { trans: this.use(made), context };
  }

  /** A server that answers every call with its payload, until its `host.answer` is set. */
  async server(section: object = {}, clock?: Clock, app = echoApp): Promise<TcpServer> {
    const { trans, context } = await this.trans(section, clock);
    const host = new RecordingHost(app);
    host.answer = echo;
    return { host, trans, context, listener: await trans.listen(host) };
  }

  async link(endpoint: string, section: object = {}, clock?: Clock, target = echoApp): Promise<TestLink> {
    const { trans } = await this.trans(section, clock);
    return new TestLink(trans, target, endpoint);
  }

  async peer(server: TcpServer, hello: Parameters<typeof RawPeer.greeted>[1] = {}): Promise<RawPeer> {
    return this.use(await RawPeer.greeted(server.listener.endpoint, hello));
  }

  /** A connection that has said nothing yet. */
  async stranger(server: TcpServer): Promise<RawPeer> {
    return this.use(await RawPeer.connect(server.listener.endpoint));
  }

  /** A connection over TLS that has said nothing yet. */
  async tlsPeer({ listener }: TcpServer, options: ConnectionOptions): Promise<RawPeer> {
    const [host, port] = listener.endpoint.split(":");
    const socket = connectTls({ ...options, ...(host !== undefined && { host }), port: Number(port) });
    await once(socket, "secureConnect");
    return this.use(new RawPeer(socket));
  }

  /** A plain TCP server whose connections the test speaks for. */
  async rawServer(options: ServerOpts = {}): Promise<{ endpoint: string; peers: Received<RawPeer> }> {
    const peers = new Received<RawPeer>();
    const sockets = new Set<Socket>();
    const server = createServer(options, (socket) => {
      sockets.add(socket);
      peers.listener(new RawPeer(socket));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#cleanup.defer(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    });
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the raw server has no port");
    return { endpoint: `127.0.0.1:${address.port}`, peers };
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#cleanup.disposeAsync();
  }
}
