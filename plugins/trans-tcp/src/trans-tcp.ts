import { connect as connectTcp, isIP } from "node:net";
import type { Duplex } from "node:stream";
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
    return link;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((open) => open[Symbol.asyncDispose]()));
    this.#open.clear();
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

  #openSocket(endpoint: string): Duplex {
    const colon = endpoint.lastIndexOf(":");
    const host = endpoint.slice(0, colon);
    const address = { host, port: Number(endpoint.slice(colon + 1)), noDelay: true };
    if (this.#tls === undefined) return connectTcp(address);
    return connectTls({ ...address, ...this.#tls.client, ...(isIP(host) === 0 && { servername: host }) });
  }
}
