import type { LeapArray } from "../stat/leap-array.ts";
import type { Limit } from "./verdict.ts";

export interface KeyedLimit {
  readonly limit: Limit;
  readonly passes: LeapArray;
}

/**
 * A limit for each caller or player. Only the `maxKeys` that called last are known: one that is forgotten starts anew, so
 * that many of them cost no more memory and at worst pass too much.
 */
export class KeyedLimits {
  readonly #maxKeys: number;
  readonly #create: () => KeyedLimit;
  /** The one that called last stands last. */
  readonly #byKey = new Map<string, KeyedLimit>();

  constructor(maxKeys: number, create: () => KeyedLimit) {
    this.#maxKeys = maxKeys;
    this.#create = create;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): KeyedLimit {
    const known = this.#byKey.get(key);
    if (known !== undefined) this.#byKey.delete(key);
    else if (this.#byKey.size >= this.#maxKeys) this.#forgetOldest();
    const limit = known ?? this.#create();
    this.#byKey.set(key, limit);
    return limit;
  }

  #forgetOldest(): void {
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      return;
    }
  }
}
