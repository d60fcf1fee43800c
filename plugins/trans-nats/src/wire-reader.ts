import type { M3Error } from "m3game";
import { reasonError } from "m3game/internal";

/** Reads protobuf fields out of a part of a buffer. Throws PROTOCOL for what is cut short or malformed. */
export class WireReader {
  readonly #buffer: Buffer;
  #position: number;
  readonly #end: number;

  constructor(buffer: Buffer, start: number, end: number) {
    this.#buffer = buffer;
    this.#position = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** A field's number and wire type, as `number << 3 | type`. */
  tag(): number {
    return this.number();
  }

  /** A varint that must be small, such as a length. */
  number(): number {
    const value = this.varint();
    if (typeof value === "bigint") throw malformed();
    return value;
  }

  /** A varint, as a number as long as that is exact, else the signed 64-bit integer that it is. */
  varint(): number | bigint {
    let value = 0;
    let scale = 1;
    const start = this.#position;
    while (this.#position < this.#end) {
      const byte = this.#buffer[this.#position++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value <= Number.MAX_SAFE_INTEGER ? value : this.#bigint(start);
      scale *= 128;
      if (this.#position - start >= 10) break;
    }
    throw malformed();
  }

  text(): string {
    const [start, end] = this.#span();
    return this.#buffer.toString("utf8", start, end);
  }

  bytes(): Uint8Array {
    const [start, end] = this.#span();
    // Not a part of the Buffer, whose slice() shares memory where that of the promised type copies.
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset + start, end - start);
  }

  /** A message inside this one. */
  message(): WireReader {
    const [start, end] = this.#span();
    return new WireReader(this.#buffer, start, end);
  }

  /** Passes over the value of a field that nobody knows. */
  skip(tag: number): void {
    const type = tag & 7;
    if (type === 0) this.varint();
    else if (type === 1) this.#advance(8);
    else if (type === 2) this.#span();
    else if (type === 5) this.#advance(4);
    else throw malformed();
  }

  #span(): [start: number, end: number] {
    const length = this.number();
    const start = this.#position;
    this.#advance(length);
    return [start, this.#position];
  }

  #advance(length: number): void {
    if (this.#position + length > this.#end) throw malformed();
    this.#position += length;
  }

  #bigint(start: number): bigint {
    let value = 0n;
    for (let at = this.#position - 1; at >= start; at--) value = (value << 7n) | BigInt((this.#buffer[at] ?? 0) & 127);
    return BigInt.asIntN(64, value);
  }
}

function malformed(): M3Error {
  return reasonError("PROTOCOL", "the message on NATS is cut short or malformed");
}
