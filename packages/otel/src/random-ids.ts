import { randomBytes } from "node:crypto";

const poolBytes = 4096;

/** Ids of traces and spans, taken out of random digits that are made for many at once. */
export class RandomIds {
  #digits = "";
  #at = 0;

  /** 32 hexadecimal digits. */
  trace(): string {
    return this.#take(32);
  }

  /** 16 hexadecimal digits. */
  span(): string {
    return this.#take(16);
  }

  #take(length: number): string {
    if (this.#at + length > this.#digits.length) {
      this.#digits = randomBytes(poolBytes).toString("hex");
      this.#at = 0;
    }
    this.#at += length;
    return this.#digits.slice(this.#at - length, this.#at);
  }
}
