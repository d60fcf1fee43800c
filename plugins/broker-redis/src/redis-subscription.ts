import type { Logger } from "m3game";
import type { RedisClient } from "./connect-redis.ts";

/** One subscription; disposing it ends it at once, also for what is on its way. */
export class RedisSubscription implements AsyncDisposable {
  onEnd: () => void = () => {};
  readonly #client: RedisClient;
  readonly #subject: string;
  readonly #receive: (message: Buffer) => void;
  #ended = false;

  constructor(client: RedisClient, subject: string, listener: (payload: Uint8Array) => void, log: Logger) {
    this.#client = client;
    this.#subject = subject;
    this.#receive = (message) => {
      if (this.#ended) return;
      try {
        // A copy: the client hands the same buffer to all subscribers.
        listener(new Uint8Array(message));
      } catch (error) {
        log.error("a subscriber threw", { subject, error });
      }
    };
  }

  /** Resolves when the server has taken it. */
  async begin(): Promise<void> {
    await this.#client.subscribe(this.#subject, this.#receive, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd();
    // While the server is away there is nothing to tell it; the client forgets the listener all the same.
    await this.#client.unsubscribe(this.#subject, this.#receive, true).catch(() => {});
  }
}
