/** The groups that came to a queue between two of its flushes. */
export class SaveRound {
  readonly #done = Promise.withResolvers<void>();
  #open = 0;
  #isClosed = false;

  get isEmpty(): boolean {
    return this.#open === 0;
  }

  /** Resolves when no more groups come and all that came have ended. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** A group has come. */
  begin(): void {
    this.#open += 1;
  }

  /** A group has ended. */
  end(): void {
    this.#open -= 1;
    if (this.#isClosed && this.#open === 0) this.#done.resolve();
  }

  /** No more groups come. */
  close(): void {
    this.#isClosed = true;
    if (this.#open === 0) this.#done.resolve();
  }
}
