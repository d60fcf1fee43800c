const bytesType = 2;

/** Writes protobuf fields into one buffer of a size that is known to suffice. */
export class WireWriter {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(maxBytes: number) {
    this.#buffer = Buffer.allocUnsafe(maxBytes);
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#position);
  }

  /** Fields that were encoded before. */
  encoded(fields: Uint8Array): void {
    this.#buffer.set(fields, this.#position);
    this.#position += fields.length;
  }

  varint(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    if (typeof value === "number" && value >= 0) this.#number(value);
    else this.#bigint(BigInt.asUintN(64, BigInt(value)));
  }

  text(field: number, text: string): void {
    this.#tag(field, bytesType);
    this.#text(text);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#tag(field, bytesType);
    this.#number(bytes.length);
    this.encoded(bytes);
  }

  /** A message of two texts, fields 1 and 2. */
  pair(field: number, first: string, second: string): void {
    this.#tag(field, bytesType);
    const [a, b] = [Buffer.byteLength(first), Buffer.byteLength(second)];
    this.#number(2 + varintBytes(a) + a + varintBytes(b) + b);
    this.text(1, first);
    this.text(2, second);
  }

  #tag(field: number, type: number): void {
    this.#buffer[this.#position++] = (field << 3) | type;
  }

  #text(text: string): void {
    const length = Buffer.byteLength(text);
    this.#number(length);
    this.#position += this.#buffer.write(text, this.#position, length === text.length ? "latin1" : "utf8");
  }

  #number(value: number): void {
    let rest = value;
    // Beyond 31 bits the bitwise operators no longer hold the number.
    while (rest > 0x7fff_ffff) {
      this.#buffer[this.#position++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#buffer[this.#position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#buffer[this.#position++] = rest;
  }

  #bigint(value: bigint): void {
    let rest = value;
    while (rest > 127n) {
      this.#buffer[this.#position++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#buffer[this.#position++] = Number(rest);
  }
}

function varintBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest > 127; rest >>>= 7) bytes++;
  return bytes;
}
