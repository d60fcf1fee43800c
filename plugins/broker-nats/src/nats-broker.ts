import type { NatsConnection, Status } from "@nats-io/transport-node";
import type { Broker, Clock, Logger, M3Error, PluginContext } from "m3game";
import { checkSubject, reasonError } from "m3game/internal";
import { NatsSubscription } from "./nats-subscription.ts";

/** How long disposal waits for the server to take what was published, in milliseconds. */
const flushTimeoutMs = 2000;

export class NatsBroker implements Broker {
  readonly #connection: NatsConnection;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #subscriptions = new Set<NatsSubscription>();
  #connected = true;
  #onLost: () => void = () => {};
  #disposal: Promise<void> | undefined;

  constructor(connection: NatsConnection, context: PluginContext) {
    this.#connection = connection;
    this.#log = context.log;
    this.#clock = context.clock;
    void this.#followStatus();
  }

  get maxPayloadBytes(): number {
    // The default of a NATS server; the client knows the real one while it is connected.
    return this.#connection.info?.max_payload ?? 1024 * 1024;
  }

  async publish(subject: string, payload: Uint8Array): Promise<void> {
    this.#checkUsable(subject);
    if (payload.length > this.maxPayloadBytes) {
      throw reasonError(
        "MESSAGE_TOO_LARGE",
        `message of ${payload.length} bytes on "${subject}": the NATS server takes at most ${this.maxPayloadBytes}`,
      );
    }
    this.#connection.publish(subject, payload);
  }

  async subscribe(subject: string, listener: (payload: Uint8Array) => void): Promise<AsyncDisposable> {
    this.#checkUsable(subject);
    const subscription = new NatsSubscription(this.#connection, subject, listener, this.#log);
    this.#subscriptions.add(subscription);
    subscription.onEnd = () => this.#subscriptions.delete(subscription);
    try {
      // The server answers in order: once it has, it has taken the subscription too.
      await this.#connection.flush();
      subscription.throwIfRefused();
    } catch (error) {
      await subscription[Symbol.asyncDispose]();
      throw unreachable(`can't subscribe to "${subject}"`, error);
    }
    return subscription;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    for (const subscription of this.#subscriptions) await subscription[Symbol.asyncDispose]();
    if (this.#connected) {
      const { promise: inVain, resolve } = Promise.withResolvers<void>();
      this.#onLost = resolve;
      const timer = this.#clock.after(flushTimeoutMs, resolve);
      await Promise.race([this.#connection.flush().catch(() => {}), inVain]);
      timer.cancel();
    }
    await this.#connection.close();
  }

  #checkUsable(subject: string): void {
    if (this.#disposal !== undefined) {
      throw reasonError("PLUGIN_FAILED", "broker_nats is stopped: the app that owns it has ended");
    }
    checkSubject(subject);
    if (!this.#connected) throw unreachable("the connection is lost and being restored", undefined);
  }

  async #followStatus(): Promise<void> {
    for await (const status of this.#connection.status()) this.#onStatus(status);
  }

  #onStatus(status: Status): void {
    const server = this.#connection.getServer();
    if (status.type === "disconnect" && this.#connected) {
      this.#connected = false;
      this.#onLost();
      if (this.#disposal !== undefined) return;
      this.#log.warn("lost the NATS server; messages fail until it is back, subscriptions are kept", { server });
    } else if (status.type === "reconnect") {
      this.#connected = true;
      this.#log.info("the NATS server is back, subscriptions are restored", { server });
    } else if (status.type === "error") {
      this.#log.warn("the NATS server reports an error", { server, error: status.error });
    }
  }
}

function unreachable(what: string, cause: unknown): M3Error {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return reasonError("PLUGIN_FAILED", `broker_nats: ${what}${why}`, { notExecuted: true, cause });
}
