/** Collects what a listener is called with, so that a test can wait for it instead of sleeping. */
export class Received<T> {
  readonly items: T[] = [];
  readonly #waiting = new Set<() => void>();

  /** The listener to hand out. */
  readonly listener = (item: T): void => {
    this.items.push(item);
    for (const check of this.#waiting) check();
  };

  /** The newest item; throws when there is none. */
  get last(): T {
    const last = this.items.at(-1);
    if (last === undefined) throw new Error("nothing was received yet");
    return last;
  }

  /** Resolves with the newest item as soon as it satisfies `wanted`. The test's own time limit ends the wait. */
  until(wanted: (last: T, items: readonly T[]) => boolean): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        const last = this.items.at(-1);
        if (last === undefined || !wanted(last, this.items)) return;
        this.#waiting.delete(check);
        resolve(last);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Resolves with the first `count` items as soon as they are there. */
  async first(count: number): Promise<readonly T[]> {
    await this.until((_last, items) => items.length >= count);
    return this.items.slice(0, count);
  }
}
