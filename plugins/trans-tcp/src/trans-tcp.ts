import { connect as connectTcp, isIP, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
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
import { readTls, type TlsFiles } from "./tls.ts";

/** The framed peer transport, `[[Plugin.Trans.trans_tcp]]`. */
export const transTcp: PluginDefinition<"trans", typeof transTcpConfig> = definePlugin({
  kind: "trans",
  name: "trans_tcp",
  config: transTcpConfig,
  async create(config, context) {
    const tls = config.Tls === undefined ? undefined : await readTls(config.Tls);
    return new TcpTrans(config, context, tls);
  },
});

class TcpTrans implements Trans {
  readonly scheme = "tcp";
  readonly preference = 20;
  readonly isGrpc = false;
  readonly #config: TransTcpConfig;
  readonly #context: PluginContext;
  readonly #tls: TlsFiles | undefined;
  readonly #open = new Set<AsyncDisposable>();
  #disposed: Promise<void> | undefined;

  constructor(config: TransTcpConfig, context: PluginContext, tls: TlsFiles | undefined) {
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
      tls: this.#tls?.server,
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
      if (this.#tls === undefined) return connectTcp(address);
      return connectTls({
        ...address,
        ...this.#tls.client,
        ...(isIP(address.host) === 0 && { servername: address.host }),
      });
    } catch (error) {
      // A link reports all that goes wrong in one way, and goes on trying.
      return new Socket().destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
