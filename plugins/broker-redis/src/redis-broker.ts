import type { Broker, Clock, Logger, M3Error, PluginContext } from "m3game";
import { checkSubject, reasonError } from "m3game/internal";
import type { RedisClient } from "./connect-redis.ts";
import { RedisSubscription } from "./redis-subscription.ts";

/** The largest payload. Redis takes up to 512 MiB, but cuts a subscriber off that falls 32 MiB behind. */
const maxPayloadBytes = 1024 * 1024;
/** How long disposal waits for the server to take what was published, in milliseconds. */
const flushTimeoutMs = 2000;

export class RedisBroker implements Broker {
  readonly maxPayloadBytes = maxPayloadBytes;
  readonly #publisher: RedisClient;
  readonly #subscriber: RedisClient;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #subscriptions = new Set<RedisSubscription>();
  #isLost = false;
  #disposal: Promise<void> | undefined;

  constructor(publisher: RedisClient, subscriber: RedisClient, context: PluginContext) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#log = context.log;
    this.#clock = context.clock;
    for (const client of [publisher, subscriber]) {
      client.on("error", (error: unknown) => this.#onLost(error));
      client.on("ready", () => this.#onReady());
    }
  }

  async publish(subject: string, payload: Uint8Array): Promise<void> {
    this.#checkUsable(subject);
    if (payload.length > maxPayloadBytes) {
      throw reasonError(
        "MESSAGE_TOO_LARGE",
        `message of ${payload.length} bytes on "${subject}": broker_redis takes at most ${maxPayloadBytes}`,
      );
    }
    // Not awaited: handed over is enough, and the answer only counts subscribers.
    void this.#publisher
      .publish(subject, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength))
      .catch((error: unknown) => {
        if (this.#disposal === undefined) this.#log.warn("a message was lost on its way to Redis", { subject, error });
      });
  }

  async subscribe(subject: string, listener: (payload: Uint8Array) => void): Promise<AsyncDisposable> {
    this.#checkUsable(subject);
    const subscription = new RedisSubscription(this.#subscriber, subject, listener, this.#log);
    this.#subscriptions.add(subscription);
    subscription.onEnd = () => this.#subscriptions.delete(subscription);
    try {
      await subscription.begin();
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
    await Promise.all([...this.#subscriptions].map((subscription) => subscription[Symbol.asyncDispose]()));
    if (this.#publisher.isReady) {
      // The server answers in order: once it has, it has taken what was published.
      const { promise: inVain, resolve } = Promise.withResolvers<void>();
      const timer = this.#clock.after(flushTimeoutMs, resolve);
      await Promise.race([this.#publisher.ping().catch(() => {}), inVain]);
      timer.cancel();
    }
    for (const client of [this.#publisher, this.#subscriber]) if (client.isOpen) client.destroy();
  }

  #checkUsable(subject: string): void {
    if (this.#disposal !== undefined) {
      throw reasonError("PLUGIN_FAILED", "broker_redis is stopped: the app that owns it has ended");
    }
    checkSubject(subject);
    if (!this.#isReady) throw unreachable("the connection is lost and being restored", undefined);
  }

  get #isReady(): boolean {
    return this.#publisher.isReady && this.#subscriber.isReady;
  }

  #onLost(error: unknown): void {
    if (this.#isLost || this.#disposal !== undefined) return;
    this.#isLost = true;
    this.#log.warn("lost the Redis server; messages fail until it is back, subscriptions are kept", { error });
  }

  #onReady(): void {
    if (!this.#isLost || !this.#isReady) return;
    this.#isLost = false;
    this.#log.info("the Redis server is back, subscriptions are restored");
  }
}

function unreachable(what: string, cause: unknown): M3Error {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return reasonError("PLUGIN_FAILED", `broker_redis: ${what}${why}`, { notExecuted: true, cause });
}
