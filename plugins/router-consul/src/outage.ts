import type { Logger } from "m3game";

/** Logs the loss of Consul once, and its return once, however many queries notice. */
export class Outage {
  readonly #log: Logger;
  readonly #address: string;
  readonly #failing = new Set<object>();

  constructor(log: Logger, address: string) {
    this.#log = log;
    this.#address = address;
  }

  /** `query` failed. */
  failed(query: object, error: Error): void {
    if (this.#failing.size === 0) {
      this.#log.warn("lost Consul; serving from the last known table", { consul: this.#address, error });
    }
    this.#failing.add(query);
  }

  /** `query` was answered, or ended. */
  over(query: object): void {
    if (this.#failing.delete(query) && this.#failing.size === 0) {
      this.#log.info("Consul is back", { consul: this.#address });
    }
  }
}
