/** Thrown for what has to be left to `fromBinary`. It never gets out, so it needs no stack of its own. */
export const unread: Error = new TypeError("this is left to fromBinary");

const nothing = new Uint8Array(0);

/** Longer strings are decoded faster by the decoder of the platform. */
const maxAsciiLength = 32;

/** Reads values out of one encoding after the other. Throws `unread` for what is not as it usually is. */
export class WireReader {
  position = 0;
  #bytes: Uint8Array = nothing;
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #scratch = new DataView(new ArrayBuffer(8));
  /** For each length the codes of the last string that had it. */
  readonly #codes = Array.from({ length: maxAsciiLength + 1 }, (_, length) => new Array<number>(length).fill(0));

  /** Begins with another encoding. Gives its end. */
  open(bytes: Uint8Array): number {
    this.#bytes = bytes;
    this.position = 0;
    return bytes.length;
  }

  /** Lets go of the encoding. */
  close(): void {
    this.#bytes = nothing;
  }

  /** Number and wire type of a field. */
  tag(): number {
    const start = this.position;
    const tag = this.uint32();
    // Of those that long some do not fit into 32 bits.
    if (this.position - start > 4) throw unread;
    return tag;
  }

  /** A varint of at most 32 bits; of a longer one, as negative numbers have it, the low ones. */
  uint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw unread;
  }

  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  uint64(): bigint {
    let value = 0;
    // As long as it fits, a number is several times faster than a bigint.
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return BigInt(value);
    }
    let high = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.#byte();
      high |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, BigInt(value) + (BigInt(high) << 49n));
    }
    throw unread;
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  sint64(): bigint {
    const value = this.uint64();
    return (value >> 1n) ^ -(value & 1n);
  }

  bool(): boolean {
    const start = this.position;
    const low = this.uint32();
    if (this.position - start <= 4) return low !== 0;
    this.position = start;
    return this.uint64() !== 0n;
  }

  double(): number {
    for (let at = 0; at < 8; at++) this.#scratch.setUint8(at, this.#byte());
    return this.#scratch.getFloat64(0, true);
  }

  float(): number {
    for (let at = 0; at < 4; at++) this.#scratch.setUint8(at, this.#byte());
    return this.#scratch.getFloat32(0, true);
  }

  string(): string {
    const bytes = this.#bytes;
    const start = this.position;
    const end = this.end();
    const length = end - this.position;
    const codes = this.#codes[length];
    if (codes === undefined) return this.#decode(end);
    for (let at = 0; at < length; at++) {
      const byte = bytes[this.position + at] ?? 0x80;
      if (byte >= 0x80) {
        this.position = start;
        return this.#decode(this.end());
      }
      codes[at] = byte;
    }
    this.position = end;
    return String.fromCharCode.apply(String, codes);
  }

  /** A copy: a kept message must not keep the whole read buffer of a connection. */
  bytes(): Uint8Array {
    const end = this.end();
    const copy = new Uint8Array(end - this.position);
    copy.set(this.#bytes.subarray(this.position, end));
    this.position = end;
    return copy;
  }

  /** Reads a length; gives the position where what it counts ends. */
  end(): number {
    const length = this.uint32();
    const end = this.position + length;
    if (end > this.#bytes.length) throw unread;
    return end;
  }

  #decode(end: number): string {
    const text = this.#text.decode(this.#bytes.subarray(this.position, end));
    this.position = end;
    return text;
  }

  #byte(): number {
    const byte = this.#bytes[this.position++];
    if (byte === undefined) throw unread;
    return byte;
  }
}
