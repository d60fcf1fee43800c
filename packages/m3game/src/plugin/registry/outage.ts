import type { Logger } from "../log.ts";

/** Logs the loss of a registry's server once, and its return once, however many requests notice. */
export class Outage {
  readonly #log: Logger;
  readonly #server: string;
  readonly #address: string;
  readonly #failing = new Set<object>();

  /** `server` is what it is called, `address` where it is. */
  constructor(log: Logger, server: string, address: string) {
    this.#log = log;
    this.#server = server;
    this.#address = address;
  }

  /** `request` failed. */
  failed(request: object, error: unknown): void {
    if (this.#failing.size === 0) {
      this.#log.warn(`lost ${this.#server}; serving from the last known table`, { address: this.#address, error });
    }
    this.#failing.add(request);
  }

  /** `request` was answered, or ended. */
  over(request: object): void {
    if (this.#failing.delete(request) && this.#failing.size === 0) {
      this.#log.info(`${this.#server} is back`, { address: this.#address });
    }
  }
}
