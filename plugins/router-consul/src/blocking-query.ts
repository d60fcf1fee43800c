import type { Clock } from "m3game";
import { pause } from "m3game/internal";
import type { ConsulApi, ServiceQuery } from "./consul-api.ts";
import type { ConsulEntry } from "./consul-entry.ts";

/** How long Consul may hold a query that has no news, in milliseconds: also how late a silent Consul is noticed. */
const waitMs = 20_000;
const minBackoffMs = 100;
const maxBackoffMs = 5000;

export interface BlockingQueryHandlers {
  /** Called with each answer. `recovered`: what Consul knew before may be lost, after an outage or an index reset. */
  onAnswer(entries: readonly ConsulEntry[], recovered: boolean): void;
  /** Called with each failed attempt after the first answer; the next one follows by itself. */
  onFailure(error: Error): void;
}

/** Follows one query for as long as it is not disposed. */
export class BlockingQuery implements AsyncDisposable {
  readonly #api: ConsulApi;
  readonly #query: ServiceQuery;
  readonly #handlers: BlockingQueryHandlers;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #index = 0;

  constructor(api: ConsulApi, query: ServiceQuery, handlers: BlockingQueryHandlers, clock: Clock) {
    this.#api = api;
    this.#query = query;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  /** Delivers the first answer, then goes on in the background. Rejects when there is no first answer. */
  async start(): Promise<void> {
    await this.#ask(false);
    this.#running = this.#run();
  }

  /** Ends a query that is open; resolves when nothing of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#abort.signal.aborted) {
      try {
        await this.#ask(failures > 0);
        failures = 0;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        failures += 1;
        // A Consul that came back may count from a lower index: waiting for the old one would hide the news.
        this.#index = 0;
        this.#handlers.onFailure(error instanceof Error ? error : new Error(String(error)));
        const longest = Math.min(maxBackoffMs, minBackoffMs * 2 ** failures);
        await pause(this.#clock, longest * (0.5 + Math.random() / 2), this.#abort.signal);
      }
    }
  }

  async #ask(failedBefore: boolean): Promise<void> {
    const { signal } = this.#abort;
    const { entries, index } = await this.#api.instances(this.#query, { index: this.#index, waitMs, signal });
    if (signal.aborted) return;
    const reset = index < this.#index;
    this.#index = reset ? 0 : index;
    this.#handlers.onAnswer(entries, failedBefore || reset);
  }
}
