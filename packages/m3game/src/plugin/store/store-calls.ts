import type { Clock } from "../../meta/clock.ts";
import { type M3Error, reasonError } from "../../meta/error.ts";

/** Whether a call that was given up may have changed something. */
export type CallKind = "read" | "write";

export interface StoreCallsOptions {
  /** Of the plugin, for its errors. */
  readonly name: string;
  readonly clock: Clock;
  /** How much may be under way, in bytes. @default 67108864 (64 MiB) */
  readonly maxBytes?: number;
}

interface CallOptions {
  readonly kind: CallKind;
  readonly signal?: AbortSignal | undefined;
  /** Roughly what it holds. @default 200 */
  readonly bytes?: number;
}

/** How long disposal waits for what is under way, in milliseconds. */
const drainMs = 5000;

/** The calls to a server that are under way: bounded, and each can be given up. */
export class StoreCalls {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  #bytes = 0;
  #count = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;
  #drained: Promise<void> | undefined;

  constructor({ name, clock, maxBytes = 64 * 1024 * 1024 }: StoreCallsOptions) {
    this.#name = name;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /**
   * Makes a call and waits until it ends or the signal aborts. Rejects, without making it, with PLUGIN_FAILED once
   * closed, CANCELLED when already aborted, OVERLOADED when too much is under way.
   */
  async run<T>({ kind, signal, bytes = 200 }: CallOptions, call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw stopped(this.#name);
    if (signal?.aborted) throw cancelled(signal, true);
    if (this.#bytes >= this.#maxBytes) {
      throw reasonError(
        "OVERLOADED",
        `${this.#name}: too much is on its way to the server: write less, or more slowly`,
      );
    }
    this.#bytes += bytes;
    this.#count += 1;
    const ended = call().finally(() => {
      this.#bytes -= bytes;
      this.#count -= 1;
      if (this.#count === 0) this.#onIdle?.();
    });
    return signal === undefined ? ended : unlessAborted(ended, signal, kind);
  }

  /** Takes no more calls. Resolves when those under way have ended, or after 5 s. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    const timer = this.#clock.after(drainMs, resolve);
    await promise;
    timer.cancel();
  }
}

async function unlessAborted<T>(ended: Promise<T>, signal: AbortSignal, kind: CallKind): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const giveUp = () => {
    reject(
      kind === "read"
        ? cancelled(signal, false)
        : reasonError("UNKNOWN_OUTCOME", "given up while it was written", { cause: signal.reason }),
    );
  };
  signal.addEventListener("abort", giveUp);
  try {
    return await Promise.race([ended, aborted]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function cancelled(signal: AbortSignal, notExecuted: boolean): M3Error {
  return reasonError("CANCELLED", "given up before it was done", { notExecuted, cause: signal.reason });
}

function stopped(name: string): M3Error {
  return reasonError("PLUGIN_FAILED", `${name} is stopped: the app that owns it has ended`, { notExecuted: true });
}
