const pieceBytes = 4096;

/** Where frames are written. Memory of its own would cost a small frame more than all else about it, so they are cut out of larger pieces. */
export class FrameMemory {
  /** Where the next frame begins. */
  start = 0;
  #piece = new Uint8Array(0);

  /** A piece with room for so many bytes from `start` on, all 0. */
  reserve(bytes: number): Uint8Array {
    if (this.start + bytes > this.#piece.length) {
      this.#piece = new Uint8Array(Math.max(bytes, pieceBytes));
      this.start = 0;
    }
    return this.#piece;
  }

  /** The frame from `start` to `end`: nothing is written to it again. */
  cut(end: number): Uint8Array {
    const frame = this.#piece.subarray(this.start, end);
    this.start = end;
    return frame;
  }
}
