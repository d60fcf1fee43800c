import type { Socket } from "node:net";

/** Whether the other side of a socket showed a sign of life since it was last asked. */
export class Liveness {
  /** Set when something was read. */
  heard = false;
  readonly #socket: Pick<Socket, "bytesWritten" | "writableLength">;
  #sentBytes = 0;
  #waited = false;

  constructor(socket: Pick<Socket, "bytesWritten" | "writableLength">) {
    this.#socket = socket;
  }

  /** True when the peer sent something, or took something of what it could not take before. */
  check(): boolean {
    const { bytesWritten, writableLength } = this.#socket;
    const sentBytes = bytesWritten - writableLength;
    // A write that ends at once shows only that this machine still had room for it.
    const alive = this.heard || (this.#waited && sentBytes !== this.#sentBytes);
    this.heard = false;
    this.#sentBytes = sentBytes;
    this.#waited = writableLength > 0;
    return alive;
  }
}
