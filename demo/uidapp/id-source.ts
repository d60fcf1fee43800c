/** Stores that all ids up to the result are taken, `count` more than before, and resolves once that is certain. */
export type Reserve = (count: number) => Promise<bigint>;

const blockSize = 100;

/**
 * Hands out ids that never repeat. They are reserved a block at a time, so that hardly any costs a write; what a leader had
 * left of its block is skipped by the next one.
 */
export class IdSource {
  readonly #reserve: Reserve;
  #next = 1n;
  #last = 0n;
  #reserving: Promise<void> | undefined;

  constructor(reserve: Reserve) {
    this.#reserve = reserve;
  }

  async next(): Promise<bigint> {
    while (this.#next > this.#last) {
      this.#reserving ??= this.#reserveBlock().finally(() => {
        this.#reserving = undefined;
      });
      await this.#reserving;
    }
    return this.#next++;
  }

  async #reserveBlock(): Promise<void> {
    const last = await this.#reserve(blockSize);
    this.#next = last - BigInt(blockSize) + 1n;
    this.#last = last;
  }
}
