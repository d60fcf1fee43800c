import { reasonError } from "m3game/internal";
import { headerBytes } from "./frame.ts";

/** Gets each frame: its type and flags, and where its body stands in `buffer`. */
export type OnFrame = (type: number, flags: number, buffer: Buffer, start: number, end: number) => void;

const none = Buffer.alloc(0);
const firstPartialBytes = 4096;

/** Cuts a stream of bytes into frames. A frame that came whole is not copied. */
export class FrameParser {
  /** The largest frame accepted, header included, in bytes. */
  maxFrameBytes: number;
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose rest has not come yet. */
  #partial: Buffer = none;
  #filled = 0;
  /** How much of it there must be to go on: the header, then the whole frame. */
  #wanted = 0;

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
    if (offset < chunk.length) {
      this.#wanted = chunk.length - offset < headerBytes ? headerBytes : this.#size(chunk, offset);
      this.#append(chunk, offset, chunk.length);
    }
  }

  /** Adds to the frame that has begun; returns how far the chunk is used up. */
  #continue(chunk: Buffer, offset: number): number {
    const end = Math.min(chunk.length, offset + this.#wanted - this.#filled);
    this.#append(chunk, offset, end);
    if (this.#filled === headerBytes) this.#wanted = this.#size(this.#partial, 0);
    if (this.#filled === this.#wanted) {
      const frame = this.#partial;
      this.#partial = none;
      this.#filled = 0;
      this.#onFrame(frame[4] ?? 0, frame[5] ?? 0, frame, headerBytes, this.#wanted);
    }
    return end;
  }

  #append(chunk: Buffer, start: number, end: number): void {
    const needed = this.#filled + end - start;
    if (this.#partial.length < needed) {
      // Memory follows what has come, not what the header announces.
      const capacity = Math.min(this.#wanted, Math.max(needed, 2 * this.#partial.length, firstPartialBytes));
      const larger = Buffer.allocUnsafe(capacity);
      this.#partial.copy(larger, 0, 0, this.#filled);
      this.#partial = larger;
    }
    this.#filled += chunk.copy(this.#partial, this.#filled, start, end);
  }

  #size(buffer: Buffer, offset: number): number {
    const size = buffer.readUInt32BE(offset) + 4;
    if (size < headerBytes || size > this.maxFrameBytes) {
      throw reasonError("PROTOCOL", `a frame of ${size} bytes; allowed are ${headerBytes} to ${this.maxFrameBytes}`);
    }
    return size;
  }
}
