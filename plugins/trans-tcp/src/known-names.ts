const slots = 64;
const maxLength = 128;

interface KnownName {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * The last names that came over a connection, of methods and metadata keys. One that comes again is found by its bytes, which takes
 * less time than to decode it, and is the very same string, which Maps find faster.
 */
export class KnownNames {
  readonly #names: (KnownName | undefined)[] = new Array<undefined>(slots).fill(undefined);

  /** The text that these bytes are in Latin-1. */
  read(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    const slot = (length * 7 + (buffer[end - 1] ?? 0) * 3 + (buffer[start + (length >> 1)] ?? 0)) % slots;
    const known = this.#names[slot];
    if (known !== undefined && isAt(known.bytes, buffer, start, length)) return known.text;
    const text = buffer.toString("latin1", start, end);
    // A copy: a part of the buffer would keep all of it.
    if (length <= maxLength) this.#names[slot] = { bytes: new Uint8Array(buffer.subarray(start, end)), text };
    return text;
  }
}

function isAt(bytes: Uint8Array, buffer: Buffer, start: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let at = 0; at < length; at++) if (bytes[at] !== buffer[start + at]) return false;
  return true;
}
