import { type AcquireResult, type LeaseStoreSession, maxClaimsPerRequest } from "../plugin/lease.ts";

interface Waiting {
  readonly id: string;
  readonly resolve: (result: AcquireResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts claims that are wanted at the same time into one request. While one is on its way the next fills up, so that many at
 * once cost the store few steps and a single one waits for nothing.
 */
export class AcquireQueue {
  readonly #store: LeaseStoreSession;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(store: LeaseStoreSession) {
    this.#store = store;
  }

  /** Acquires one claim. The ids in the queue must differ from each other. Rejects as the store does. */
  acquire(id: string): Promise<AcquireResult> {
    const { promise, resolve, reject } = Promise.withResolvers<AcquireResult>();
    this.#waiting.push({ id, resolve, reject });
    if (!this.#isRunning) {
      this.#isRunning = true;
      // What else is wanted in this turn of the event loop goes along.
      setImmediate(() => void this.#run());
    }
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, maxClaimsPerRequest);
      this.#waiting = this.#waiting.slice(maxClaimsPerRequest);
      try {
        const results = await this.#store.acquire(batch.map(({ id }) => id));
        for (const [index, result] of results.entries()) batch[index]?.resolve(result);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
