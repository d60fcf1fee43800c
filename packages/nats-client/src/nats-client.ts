import type { NatsConnection, Status } from "@nats-io/transport-node";
import type { PluginContext } from "m3game";
import type { NatsConfig } from "./config.ts";
import { connectNats } from "./connect-nats.ts";

/** How long disposal waits for the server to take what was published, in milliseconds. */
const flushTimeoutMs = 2000;

/** Whose client it is, for messages and the log. */
export interface NatsClientOptions {
  /** The plugin's section, as it stands in a config: `[[Plugin.Broker.broker_nats]]`. */
  readonly section: string;
  readonly context: Pick<PluginContext, "app" | "log" | "clock">;
  /** What the loss of the server means, for the log: "messages fail until it is back". */
  readonly whenLost: string;
  /** What its return means, for the log: "subscriptions are restored". */
  readonly whenBack: string;
}

/**
 * One connection to NATS that is restored, with its subscriptions, for as long as it takes, and tells when it is lost and
 * back. Disposing hands the server what was published, waiting at most 2 s for that, and closes it.
 */
export class NatsClient implements AsyncDisposable {
  readonly connection: NatsConnection;
  /** Called when the connection is lost; what was published may not have arrived. */
  onLost: () => void = () => {};
  /** Called when it is there again, with all subscriptions. */
  onBack: () => void = () => {};
  readonly #options: NatsClientOptions;
  #connected = true;
  #cutShort: () => void = () => {};
  #disposal: Promise<void> | undefined;

  private constructor(connection: NatsConnection, options: NatsClientOptions) {
    this.connection = connection;
    this.#options = options;
    void this.#followStatus();
  }

  /** Connects. Rejects with PLUGIN_FAILED and one line that names address and key. */
  static async open(config: NatsConfig, options: NatsClientOptions): Promise<NatsClient> {
    return new NatsClient(await connectNats(config, options.context.app.app, options.section), options);
  }

  /** False from the loss of the connection until it is restored. */
  get isConnected(): boolean {
    return this.#connected;
  }

  /** The largest payload that the server takes, in bytes. */
  get maxPayloadBytes(): number {
    // The default of a NATS server; the client knows the real one while it is connected.
    return this.connection.info?.max_payload ?? 1024 * 1024;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    if (this.#connected) {
      const { promise: inVain, resolve } = Promise.withResolvers<void>();
      this.#cutShort = resolve;
      const timer = this.#options.context.clock.after(flushTimeoutMs, resolve);
      await Promise.race([this.connection.flush().catch(() => {}), inVain]);
      timer.cancel();
    }
    await this.connection.close();
  }

  async #followStatus(): Promise<void> {
    for await (const status of this.connection.status()) this.#onStatus(status);
  }

  #onStatus(status: Status): void {
    const { context, whenLost, whenBack } = this.#options;
    const server = this.connection.getServer();
    if (status.type === "disconnect" && this.#connected) {
      this.#connected = false;
      this.#cutShort();
      if (this.#disposal !== undefined) return;
      context.log.warn(`lost the NATS server; ${whenLost}`, { server });
      this.onLost();
    } else if (status.type === "reconnect") {
      this.#connected = true;
      context.log.info(`the NATS server is back, ${whenBack}`, { server });
      this.onBack();
    } else if (status.type === "error") {
      context.log.warn("the NATS server reports an error", { server, error: status.error });
    }
  }
}
