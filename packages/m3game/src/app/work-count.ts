/** Counts pieces of work, and tells when none is under way. */
export class WorkCount {
  #running = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /** Resolves or rejects as `work` does. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work;
    } finally {
      this.#running--;
      if (this.#running === 0) this.#tellIdle();
    }
  }

  /** Resolves as soon as none is under way, which more may be by then. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  #tellIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
