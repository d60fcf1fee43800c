import { connect, Socket } from "node:net";
import {
  type ConnectOptions,
  definePlugin,
  type Link,
  type Listener,
  type PluginContext,
  type PluginDefinition,
  type Trans,
  type TransHost,
} from "m3game";
import { type TransTcpConfig, transTcpConfig } from "./config.ts";
import { frameLimit } from "./connection.ts";
import { parseEndpoint } from "./endpoint.ts";
import { TcpLink } from "./tcp-link.ts";
import { listenTcp } from "./tcp-listener.ts";
import type { PeerTls } from "./tls.ts";

/** The framed peer transport, `[[Plugin.Trans.trans_tcp]]`. */
export const transTcp: PluginDefinition<"trans", typeof transTcpConfig> = definePlugin({
  kind: "trans",
  name: "trans_tcp",
  config: transTcpConfig,
  async create(config, context) {
    if (config.Tls === undefined) return new TcpTrans(config, context, undefined);
    const { readTls } = await import("./tls.ts");
    return new TcpTrans(config, context, await readTls(config.Tls));
  },
});

class TcpTrans implements Trans {
  readonly scheme = "tcp";
  readonly preference = 20;
  readonly isGrpc = false;
  readonly #config: TransTcpConfig;
  readonly #context: PluginContext;
  readonly #tls: PeerTls | undefined;
  readonly #open = new Set<AsyncDisposable>();
  #disposed: Promise<void> | undefined;

  constructor(config: TransTcpConfig, context: PluginContext, tls: PeerTls | undefined) {
    this.#config = config;
    this.#context = context;
    this.#tls = tls;
  }

  async listen(host: TransHost): Promise<Listener> {
    const { Host, Port, AdvertiseHost, MaxConnections } = this.#config;
    const listener = await listenTcp({
      ...this.#limits(),
      host,
      log: this.#context.log,
      hostname: Host,
      port: Port,
      advertiseHost: AdvertiseHost,
      maxConnections: MaxConnections,
      tls: this.#tls,
    });
    this.#open.add(listener);
    if (this.#disposed !== undefined) await listener[Symbol.asyncDispose]();
    return listener;
  }

  connect(options: ConnectOptions): Link {
    const link = new TcpLink({
      ...this.#limits(),
      ...options,
      open: () => this.#openSocket(options.endpoint),
      onDispose: (disposed) => this.#open.delete(disposed),
    });
    this.#open.add(link);
    if (this.#disposed !== undefined) void link[Symbol.asyncDispose]();
    return link;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= Promise.all([...this.#open].map((open) => open[Symbol.asyncDispose]())).then(() => {});
    return this.#disposed;
  }

  #limits() {
    const { MaxMessageBytes, MaxInFlight, KeepAliveMs, Secret } = this.#config;
    return {
      clock: this.#context.clock,
      keepAliveMs: KeepAliveMs,
      maxFrameBytes: frameLimit(MaxMessageBytes),
      maxInFlight: MaxInFlight,
      secret: Secret,
    };
  }

  #openSocket(endpoint: string): Socket {
    try {
      const address = { ...parseEndpoint(endpoint), noDelay: true };
      return this.#tls === undefined ? connect(address) : this.#tls.connect(address);
    } catch (error) {
      // A link reports all that goes wrong in one way, and goes on trying.
      return new Socket().destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
