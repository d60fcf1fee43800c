/** Above the number of any field. */
export const noField: number = 2 ** 29;

const nothing = new Uint8Array(0);

/**
 * Walks over encoded messages, one after another, a field at a time: all elements of a list and all entries of a map are
 * one run.
 */
export class RunReader {
  /** The number of the field that the walk is at; `noField` after the last. */
  number = 0;
  /** Where its run begins and ends. */
  start = 0;
  end = 0;
  #bytes: Uint8Array = nothing;
  #at = 0;

  /** Begins with another encoding, before its first field. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.number = 0;
    this.start = 0;
    this.end = 0;
  }

  /** Lets go of the encoding. */
  close(): void {
    this.#bytes = nothing;
  }

  next(): void {
    this.start = this.end;
    if (this.start >= this.#bytes.length) {
      this.number = noField;
      return;
    }
    this.#at = this.start;
    let tag = this.#varint();
    const number = Math.floor(tag / 8);
    for (;;) {
      this.#skip(tag & 7);
      this.end = this.#at;
      if (this.end >= this.#bytes.length) break;
      tag = this.#varint();
      if (Math.floor(tag / 8) !== number) break;
    }
    this.number = number;
  }

  /** Walks to the field with this number, or to where it would be. */
  find(number: number): void {
    while (this.number < number) this.next();
  }

  /** The run's value when it is one varint that a number holds exactly. */
  varint(): number | undefined {
    this.#at = this.start;
    const tag = this.#varint();
    const value = this.#varint();
    return (tag & 7) === 0 && this.#at === this.end && Number.isSafeInteger(value) ? value : undefined;
  }

  // The bytes come from the encoder, so that none are missing.
  #byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  #varint(): number {
    let byte = this.#byte();
    let value = byte & 0x7f;
    for (let factor = 128; byte >= 0x80; factor *= 128) {
      byte = this.#byte();
      value += (byte & 0x7f) * factor;
    }
    return value;
  }

  #skip(wireType: number): void {
    switch (wireType) {
      case 0:
        this.#varint();
        return;
      case 1:
        this.#at += 8;
        return;
      case 2: {
        const length = this.#varint();
        this.#at += length;
        return;
      }
      case 3:
        for (let tag = this.#varint(); (tag & 7) !== 4; tag = this.#varint()) this.#skip(tag & 7);
        return;
      default:
        this.#at += 4;
    }
  }
}
