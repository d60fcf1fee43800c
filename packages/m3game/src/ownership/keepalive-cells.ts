/**
 * What the main thread and the keepalive thread share for one session. Whole milliseconds of the process's monotonic
 * clock, which is one for all its threads.
 */
export class KeepaliveCells {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(buffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer;
    this.#cells = new BigInt64Array(buffer);
  }

  /** Until when the session lasts; 0 before the first renewal. */
  get deadline(): number {
    return Number(Atomics.load(this.#cells, 0));
  }

  set deadline(value: number) {
    Atomics.store(this.#cells, 0, BigInt(Math.floor(value)));
  }

  /** When the main thread was last seen to work. */
  get heartbeat(): number {
    return Number(Atomics.load(this.#cells, 1));
  }

  set heartbeat(value: number) {
    Atomics.store(this.#cells, 1, BigInt(Math.floor(value)));
  }
}
