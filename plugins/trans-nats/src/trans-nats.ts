import { NatsClient } from "@m3game/nats-client";
import {
  type ConnectOptions,
  definePlugin,
  type Link,
  type Listener,
  type PluginDefinition,
  type Timer,
  type Trans,
  type TransHost,
} from "m3game";
import { transNatsConfig } from "./config.ts";
import { Exchange } from "./exchange.ts";
import { NatsLink } from "./nats-link.ts";
import { NatsListener } from "./nats-listener.ts";

/** Calls over a NATS server, `[[Plugin.Trans.trans_nats]]`: the original's subjects and message. */
export const transNats: PluginDefinition<"trans", typeof transNatsConfig> = definePlugin({
  kind: "trans",
  name: "trans_nats",
  config: transNatsConfig,
  async create(config, context) {
    const client = await NatsClient.open(config, {
      section: "[[Plugin.Trans.trans_nats]]",
      context,
      whenLost: "calls over it fail until it is back",
      whenBack: "calls go over it again",
    });
    return new NatsTrans(client, new Exchange(client, config, context));
  },
});

class NatsTrans implements Trans {
  readonly scheme = "nats";
  // Any other one needs no third party in between.
  readonly preference = 5;
  readonly isGrpc = false;
  readonly #exchange: Exchange;
  readonly #links = new Set<NatsLink>();
  readonly #listeners = new Set<NatsListener>();
  #keepAlive: Timer | undefined;
  #disposed: Promise<void> | undefined;

  constructor(client: NatsClient, exchange: Exchange) {
    this.#exchange = exchange;
    client.onLost = () => {
      for (const each of [...this.#links, ...this.#listeners]) each.onServerLost();
    };
    client.onBack = () => {
      for (const each of [...this.#links, ...this.#listeners]) each.onServerBack();
    };
    this.#checkLater();
  }

  async listen(host: TransHost): Promise<Listener> {
    const listener = await NatsListener.open(this.#exchange, host, (closed) => this.#listeners.delete(closed));
    this.#listeners.add(listener);
    if (this.#disposed !== undefined) await listener[Symbol.asyncDispose]();
    return listener;
  }

  connect(options: ConnectOptions): Link {
    const link = new NatsLink(this.#exchange, options, (disposed) => this.#links.delete(disposed));
    this.#links.add(link);
    if (this.#disposed !== undefined) void link[Symbol.asyncDispose]();
    return link;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#keepAlive?.cancel();
    for (const each of [...this.#listeners, ...this.#links]) await each[Symbol.asyncDispose]();
    await this.#exchange[Symbol.asyncDispose]();
  }

  #checkLater(): void {
    const { clock, config } = this.#exchange;
    this.#keepAlive = clock.after(config.KeepAliveMs, () => {
      for (const link of this.#links) link.checkAlive();
      this.#checkLater();
    });
  }
}
