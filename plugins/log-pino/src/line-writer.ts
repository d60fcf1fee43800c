import { close, write, writeSync } from "node:fs";
import { setImmediate, setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

// What waits for a slow reader of the log; lines beyond it are lost rather than the process's memory.
const maxWaitingBytes = 16 * 1024 * 1024;
const retryMs = 10;
const standardStreams = 2;

/**
 * Writes lines to a file descriptor behind the caller's back, in batches, and never fails: what can't be written is lost.
 *
 * Not pino's own destination: its synchronous flush repeats for ever when the pipe is broken or the disk is full.
 */
export class LineWriter implements AsyncDisposable {
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** Ends when nothing waits any more; undefined while nothing is written. */
  #writing: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(line: string): void {
    if (this.#closed || this.#waitingBytes > maxWaitingBytes) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#writing ??= this.#writeAll();
  }

  /** Writes what waits before it returns, as far as that is possible without waiting for a reader. */
  flushSync(): void {
    let rest = this.#takeWaiting();
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest));
    } catch {
      // The asynchronous writes meet the same error and judge it.
    }
  }

  async #writeAll(): Promise<void> {
    // What is logged in one turn of the event loop leaves in one write.
    await setImmediate();
    for (let rest = this.#takeWaiting(); rest.length > 0; rest = this.#takeWaiting()) {
      while (rest.length > 0) {
        try {
          rest = rest.subarray(await this.#writeOnce(rest));
        } catch (error) {
          if (!isBusy(error)) break;
          await setTimeout(retryMs);
        }
      }
    }
    this.#writing = undefined;
  }

  #writeOnce(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, (error, written) => (error ? reject(error) : resolve(written)));
    });
  }

  #takeWaiting(): Uint8Array {
    const text = this.#waiting.join("");
    this.#waiting = [];
    this.#waitingBytes = 0;
    return Buffer.from(text);
  }

  /** Writes what waits, then closes the file; standard output and error stay open. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    await this.#writing;
    if (this.#fd > standardStreams) await promisify(close)(this.#fd).catch(() => {});
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EAGAIN" || error.code === "EBUSY");
}
