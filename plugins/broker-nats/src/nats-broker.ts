import type { NatsClient } from "@m3game/nats-client";
import type { Broker, Logger, M3Error } from "m3game";
import { checkSubject, reasonError } from "m3game/internal";
import { NatsSubscription } from "./nats-subscription.ts";

export class NatsBroker implements Broker {
  readonly #client: NatsClient;
  readonly #log: Logger;
  readonly #subscriptions = new Set<NatsSubscription>();
  #disposal: Promise<void> | undefined;

  constructor(client: NatsClient, log: Logger) {
    this.#client = client;
    this.#log = log;
  }

  get maxPayloadBytes(): number {
    return this.#client.maxPayloadBytes;
  }

  async publish(subject: string, payload: Uint8Array): Promise<void> {
    this.#checkUsable(subject);
    if (payload.length > this.maxPayloadBytes) {
      throw reasonError(
        "MESSAGE_TOO_LARGE",
        `message of ${payload.length} bytes on "${subject}": the NATS server takes at most ${this.maxPayloadBytes}`,
      );
    }
    this.#client.connection.publish(subject, payload);
  }

  async subscribe(subject: string, listener: (payload: Uint8Array) => void): Promise<AsyncDisposable> {
    this.#checkUsable(subject);
    const { connection } = this.#client;
    const subscription = new NatsSubscription(connection, subject, listener, this.#log);
    this.#subscriptions.add(subscription);
    subscription.onEnd = () => this.#subscriptions.delete(subscription);
    try {
      // The server answers in order: once it has, it has taken the subscription too.
      await connection.flush();
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
    await this.#client[Symbol.asyncDispose]();
  }

  #checkUsable(subject: string): void {
    if (this.#disposal !== undefined) {
      throw reasonError("PLUGIN_FAILED", "broker_nats is stopped: the app that owns it has ended");
    }
    checkSubject(subject);
    if (!this.#client.isConnected) throw unreachable("the connection is lost and being restored", undefined);
  }
}

function unreachable(what: string, cause: unknown): M3Error {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return reasonError("PLUGIN_FAILED", `broker_nats: ${what}${why}`, { notExecuted: true, cause });
}
