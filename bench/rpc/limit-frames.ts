import type { Writable } from "node:stream";

// A frame: payload length and call id, 4 bytes each, big endian, then the payload.
const headBytes = 8;
const slabBytes = 64 * 1024;

/** Collects the frames of one tick and sends them with one write. */
export class FrameWriter {
  readonly #socket: Writable;
  readonly #flush = (): void => this.#send();
  // Frames are written one after another into a slab that is never reused: the socket may still hold parts of it.
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #sent = 0;
  #end = 0;
  #scheduled = false;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  write(id: number, payload: Uint8Array): void {
    if (this.#end + headBytes + payload.length > slabBytes) this.#startSlab();
    const slab = this.#slab;
    slab.writeUInt32BE(payload.length, this.#end);
    slab.writeUInt32BE(id, this.#end + 4);
    slab.set(payload, this.#end + headBytes);
    this.#end += headBytes + payload.length;
    if (!this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(this.#flush);
    }
  }

  #startSlab(): void {
    this.#send();
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
    this.#sent = this.#end = 0;
  }

  #send(): void {
    this.#scheduled = false;
    if (this.#sent === this.#end) return;
    this.#socket.write(this.#slab.subarray(this.#sent, this.#end));
    this.#sent = this.#end;
  }
}

/** Cuts what arrives into frames. A payload is valid only during the call. */
export class FrameReader {
  readonly #onFrame: (id: number, payload: Uint8Array) => void;
  #rest: Buffer | undefined;

  constructor(onFrame: (id: number, payload: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  read(arrived: Buffer): void {
    const chunk = this.#rest === undefined ? arrived : Buffer.concat([this.#rest, arrived]);
    let at = 0;
    while (chunk.length - at >= headBytes) {
      const end = at + headBytes + chunk.readUInt32BE(at);
      if (end > chunk.length) break;
      this.#onFrame(chunk.readUInt32BE(at + 4), chunk.subarray(at + headBytes, end));
      at = end;
    }
    this.#rest = at === chunk.length ? undefined : chunk.subarray(at);
  }
}
