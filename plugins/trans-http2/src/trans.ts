import type { ConnectOptions, Link, Listener, PluginContext, Trans, TransHost } from "m3game";
import type { Http2Config } from "./config.ts";
import { type Credentials, loadCredentials } from "./credentials.ts";
import { Http2Link } from "./link.ts";
import { listenHttp2 } from "./listener.ts";

/** Makes the transport. Rejects with CONFIG_INVALID when a certificate can't be used. */
export async function createHttp2Trans(config: Http2Config, context: PluginContext): Promise<Trans> {
  return new Http2Trans(config, context, await loadCredentials(config.Tls));
}

class Http2Trans implements Trans {
  readonly scheme = "http2";
  readonly preference = 10;
  readonly isGrpc = true;
  readonly #config: Http2Config;
  readonly #context: PluginContext;
  readonly #credentials: Credentials;
  readonly #open = new Set<AsyncDisposable>();

  constructor(config: Http2Config, context: PluginContext, credentials: Credentials) {
    this.#config = config;
    this.#context = context;
    this.#credentials = credentials;
  }

  async listen(host: TransHost): Promise<Listener> {
    const listener = await listenHttp2(host, this.#config, this.#credentials.server, this.#context.clock);
    this.#open.add(listener);
    return listener;
  }

  connect(options: ConnectOptions): Link {
    const link = new Http2Link(options, {
      config: this.#config,
      credentials: this.#credentials,
      clock: this.#context.clock,
      onClosed: (closed) => this.#open.delete(closed),
    });
    this.#open.add(link);
    return link;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((each) => each[Symbol.asyncDispose]()));
  }
}
