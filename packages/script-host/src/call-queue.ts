/** Runs tasks one after another. */
export class CallQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when all that was given so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
