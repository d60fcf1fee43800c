import type { MemoryEndpoint } from "./memory-endpoint.ts";

/** The apps that listen within one process, and who wants to know of them. */
export class MemoryNetwork {
  readonly #endpoints = new Map<string, MemoryEndpoint>();
  readonly #listeners = new Map<string, Set<() => void>>();

  find(app: string): MemoryEndpoint | undefined {
    return this.#endpoints.get(app);
  }

  enter(app: string, endpoint: MemoryEndpoint): void {
    this.#endpoints.set(app, endpoint);
    this.#notify(app);
  }

  remove(app: string, endpoint: MemoryEndpoint): void {
    if (this.#endpoints.get(app) !== endpoint) return;
    this.#endpoints.delete(app);
    this.#notify(app);
  }

  /** The app takes nothing new any more. */
  drain(app: string, endpoint: MemoryEndpoint): void {
    if (endpoint.draining) return;
    endpoint.draining = true;
    if (this.#endpoints.get(app) === endpoint) this.#notify(app);
  }

  /** Calls `listener` whenever the app comes, drains or goes; the result ends that. */
  watch(app: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(app) ?? new Set();
    this.#listeners.set(app, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(app) === listeners) this.#listeners.delete(app);
    };
  }

  #notify(app: string): void {
    for (const listener of [...(this.#listeners.get(app) ?? [])]) listener();
  }
}
