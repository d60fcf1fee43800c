const maxBytes = 1024 * 1024;

/**
 * Encodings that nobody needs any more, to be overwritten with others of the same length, as an entity's next one mostly
 * is. An encoding that waits to be saved outlives the young generation: left to the garbage collector, each would be
 * copied twice and then stop the main thread once more.
 */
export class EncodingPool {
  readonly #free = new Map<number, Uint8Array[]>();
  #bytes = 0;

  /** The same bytes, in an encoding that was given back where there is one. */
  keep(encoding: Uint8Array): Uint8Array {
    const free = this.#free.get(encoding.length)?.pop();
    if (free === undefined) return encoding;
    this.#bytes -= free.length;
    free.set(encoding);
    return free;
  }

  /** Takes what nobody will look at again. */
  giveBack(encoding: Uint8Array): void {
    if (this.#bytes >= maxBytes) return;
    this.#bytes += encoding.length;
    const free = this.#free.get(encoding.length);
    if (free === undefined) this.#free.set(encoding.length, [encoding]);
    else free.push(encoding);
  }
}
