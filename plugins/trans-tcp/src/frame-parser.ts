import { reasonError } from "m3game/internal";
import { headerBytes } from "./frame.ts";

/** Gets each frame: its type and flags, and where its body stands in `buffer`. */
export type OnFrame = (type: number, flags: number, buffer: Buffer, start: number, end: number) => void;

const none = Buffer.alloc(0);

/** Cuts a stream of bytes into frames. A frame that came whole is not copied. */
export class FrameParser {
  /** The largest frame accepted, header included, in bytes. */
  maxFrameBytes: number;
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose rest has not come yet. */
  #partial: Buffer = none;
  #filled = 0;

  constructor(maxFrameBytes: number, onFrame: OnFrame) {
    this.maxFrameBytes = maxFrameBytes;
    this.#onFrame = onFrame;
  }

  /** Takes the next bytes. Throws PROTOCOL when no frame can start so: the stream is then of no more use. */
  push(chunk: Buffer): void {
    let offset = 0;
    while (this.#filled > 0 && offset < chunk.length) offset = this.#continue(chunk, offset);
    while (chunk.length - offset >= headerBytes) {
      const size = this.#size(chunk, offset);
      if (chunk.length - offset < size) break;
      const start = offset;
      offset += size;
      this.#onFrame(chunk[start + 4] ?? 0, chunk[start + 5] ?? 0, chunk, start + headerBytes, offset);
    }
    if (offset < chunk.length) this.#keep(chunk, offset);
  }

  /** Adds to the frame that has begun; returns how far the chunk is used up. */
  #continue(chunk: Buffer, offset: number): number {
    const wanted = this.#filled < headerBytes ? headerBytes : this.#partial.length;
    const end = Math.min(chunk.length, offset + wanted - this.#filled);
    chunk.copy(this.#partial, this.#filled, offset, end);
    this.#filled += end - offset;
    if (this.#filled === headerBytes && this.#partial.length === headerBytes) this.#grow();
    if (this.#filled >= headerBytes && this.#filled === this.#partial.length) {
      const frame = this.#partial;
      this.#partial = none;
      this.#filled = 0;
      this.#onFrame(frame[4] ?? 0, frame[5] ?? 0, frame, headerBytes, frame.length);
    }
    return end;
  }

  #keep(chunk: Buffer, offset: number): void {
    const left = chunk.length - offset;
    const size = left < headerBytes ? headerBytes : this.#size(chunk, offset);
    this.#partial = Buffer.allocUnsafe(size);
    this.#filled = chunk.copy(this.#partial, 0, offset);
  }

  #grow(): void {
    const whole = Buffer.allocUnsafe(this.#size(this.#partial, 0));
    this.#partial.copy(whole);
    this.#partial = whole;
  }

  #size(buffer: Buffer, offset: number): number {
    const size = buffer.readUInt32BE(offset) + 4;
    if (size < headerBytes || size > this.maxFrameBytes) {
      throw reasonError("PROTOCOL", `a frame of ${size} bytes; allowed are ${headerBytes} to ${this.maxFrameBytes}`);
    }
    return size;
  }
}
