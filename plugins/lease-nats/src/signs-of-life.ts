import { NatsBucket, type NatsClient } from "@m3game/nats-client";
import type { Owner } from "./owner.ts";

const alive = new TextEncoder().encode("alive");
const ended = new TextEncoder().encode("ended");

/** How long a request may take, in milliseconds. */
export const requestTimeoutMs = 5000;

/** The shortest time that is told of a session that goes on. The server's clock may say that it is over by now. */
const minRemainingMs = 100;

export type SessionState =
  | { readonly isOver: true }
  /** `revision`: of its last sign of life. */
  | { readonly isOver: false; readonly revision: number; readonly remainingMs: number };

export interface SignsOfLifeOptions {
  readonly client: NatsClient;
  /** Name of the bucket with sessions and claims. */
  readonly bucket: string;
  readonly replicas: number;
}

/**
 * The signs of life of sessions: one key each, in a bucket that drops it when it is not written again in time. There is a bucket
 * for each time, since all values of one bucket stay equally long.
 */
export class SignsOfLife {
  readonly #options: SignsOfLifeOptions;
  readonly #buckets = new Map<number, Promise<NatsBucket>>();

  constructor(options: SignsOfLifeOptions) {
    this.#options = options;
  }

  /** The bucket of the sessions that last this long. */
  bucket(seconds: number): Promise<NatsBucket> {
    let bucket = this.#buckets.get(seconds);
    if (bucket === undefined) {
      const { client, bucket: name, replicas } = this.#options;
      const options = { name: `${name}-alive-${seconds}`, ttlMs: seconds * 1000, replicas };
      bucket = NatsBucket.open(client, { ...options, timeoutMs: requestTimeoutMs });
      bucket.catch(() => this.#buckets.delete(seconds));
      this.#buckets.set(seconds, bucket);
    }
    return bucket;
  }

  /** Makes the buckets anew that the server has lost. */
  async restore(): Promise<void> {
    await Promise.all([...this.#buckets.values()].map(async (bucket) => (await bucket).restore()));
  }

  /** The first sign of life of a new session. */
  async begin({ session, seconds }: Owner): Promise<number> {
    const revision = await (await this.bucket(seconds)).compareAndSet(session, alive, 0);
    if (revision === undefined) throw new Error(`there is a session ${session} already`);
    return revision;
  }

  /** Gives the session its full time again. Resolves with the new revision, undefined when the session is over. */
  async renew({ session, seconds }: Owner, revision: number): Promise<number | undefined> {
    const bucket = await this.bucket(seconds);
    for (let last = revision; ; ) {
      const renewed = await bucket.compareAndSet(session, alive, last);
      if (renewed !== undefined) return renewed;
      // Only its own process says that it is alive: the answer to an earlier attempt was lost.
      const found = await bucket.get(session);
      if (found === undefined || !isAlive(found.value)) return undefined;
      last = found.revision;
    }
  }

  /** Ends the session for good. */
  async end({ session, seconds }: Owner): Promise<void> {
    await (await this.bucket(seconds)).put(session, ended);
  }

  /**
   * Whether the session goes on. One whose sign of life is gone is ended by writing so, in one step that fails if there is a
   * sign after all: an answer to a read may be old, a write is decided by the stream itself.
   */
  async stateOf({ session, seconds }: Owner): Promise<SessionState> {
    const bucket = await this.bucket(seconds);
    for (;;) {
      const found = await bucket.get(session);
      if (found !== undefined && isAlive(found.value)) {
        const ageMs = Date.now() - found.storedAt.getTime();
        const remainingMs = Math.min(bucket.ttlMs, Math.max(minRemainingMs, bucket.ttlMs - ageMs));
        return { isOver: false, revision: found.revision, remainingMs };
      }
      if (found?.value !== undefined) return { isOver: true };
      if ((await bucket.compareAndSet(session, ended, found?.revision ?? 0)) !== undefined) return { isOver: true };
    }
  }

  /** Calls `listener` when the session may have been ended; disposing ends that. */
  async watch({ session, seconds }: Owner, listener: () => void): Promise<Disposable> {
    const subscription = await (await this.bucket(seconds)).listen(session, (_key, value) => {
      if (!isAlive(value)) listener();
    });
    return { [Symbol.dispose]: () => subscription.isClosed() || subscription.unsubscribe() };
  }
}

function isAlive(value: Uint8Array | undefined): boolean {
  return value !== undefined && Buffer.compare(value, alive) === 0;
}
