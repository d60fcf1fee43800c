import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import type { Logger } from "m3game";

/** One subscription; disposing it ends it at once, also for what is on its way. */
export class NatsSubscription implements AsyncDisposable {
  onEnd: () => void = () => {};
  readonly #subscription: Subscription;
  #ended = false;
  #refusal: Error | undefined;

  constructor(connection: NatsConnection, subject: string, listener: (payload: Uint8Array) => void, log: Logger) {
    this.#subscription = connection.subscribe(subject, {
      callback: (refusal, message) => {
        if (refusal !== null) {
          this.#refusal = refusal;
          return;
        }
        if (this.#ended) return;
        try {
          const { data } = message;
          // The client hands out a Buffer, whose slice() shares memory where that of the promised type copies.
          listener(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        } catch (error) {
          log.error("a subscriber threw", { subject, error });
        }
      },
    });
  }

  /** Throws what the server answered to the subscription, if it refused it. */
  throwIfRefused(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#subscription.isClosed()) this.#subscription.unsubscribe();
    this.onEnd();
  }
}
