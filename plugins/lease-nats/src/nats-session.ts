import type { NatsBucket } from "@m3game/nats-client";
import type { AcquireResult, LeaseRenewal, LeaseStoreSession, TransferResult } from "m3game";
import { maxClaimsPerRequest } from "m3game";
import { leaseError } from "./lease-error.ts";
import { appKey, claimKey, decodeOwner, encodeOwner, type Owner } from "./owner.ts";
import type { SessionState, SignsOfLife } from "./signs-of-life.ts";

export interface NatsSessionOptions {
  readonly bucket: NatsBucket;
  readonly signs: SignsOfLife;
  readonly owner: Owner;
  readonly renewal: LeaseRenewal;
}

/**
 * A session and its claims. A claim is a key that names a session, valid as long as that session goes on; it changes hands by
 * compare-and-set on its revision alone, which is its counter.
 */
export class NatsSession implements LeaseStoreSession {
  readonly ttlMs: number;
  readonly renewal: LeaseRenewal;
  readonly #options: NatsSessionOptions;
  readonly #value: Uint8Array;
  #watch: Promise<Disposable | undefined> | undefined;
  #closed = false;

  constructor(options: NatsSessionOptions) {
    this.#options = options;
    this.ttlMs = options.owner.seconds * 1000;
    this.renewal = options.renewal;
    this.#value = encodeOwner(options.owner);
  }

  acquire(ids: readonly string[]): Promise<readonly AcquireResult[]> {
    if (ids.length > maxClaimsPerRequest) throw new RangeError(`at most ${maxClaimsPerRequest} claims in one request`);
    return call("to acquire", async () => {
      const { signs, owner } = this.#options;
      const own = await signs.stateOf(owner);
      if (own.isOver) return ids.map(() => ({ status: "lost" }));
      const states = new Map<string, Promise<SessionState>>();
      return Promise.all(ids.map((id) => this.#acquire(claimKey(id), states)));
    });
  }

  transfer(id: string, counter: bigint, targetApp: string): Promise<TransferResult> {
    return call("to transfer", async () => {
      const { bucket, signs, owner } = this.#options;
      const key = claimKey(id);
      const held = Number(counter);
      for (;;) {
        const [own, claim, target] = await Promise.all([signs.stateOf(owner), bucket.get(key), this.#find(targetApp)]);
        const holder = decodeOwner(claim?.value);
        // The answer to an earlier attempt may have been lost.
        if (
          claim !== undefined &&
          target !== undefined &&
          holder?.session === target.session &&
          claim.revision > held
        ) {
          return { status: "transferred", counter: BigInt(claim.revision) };
        }
        if (own.isOver || claim?.revision !== held || holder?.session !== owner.session) return { status: "not_held" };
        if (target === undefined) return { status: "no_target" };
        const moved = await bucket.compareAndSet(key, encodeOwner(target), held);
        if (moved !== undefined) return { status: "transferred", counter: BigInt(moved) };
      }
    });
  }

  release(id: string, counter: bigint): Promise<void> {
    return call("to release", async () => {
      const { bucket, owner } = this.#options;
      // What was written with a revision never changes, so looking before is as good as one step.
      const claim = await bucket.at(Number(counter));
      if (claim?.key !== claimKey(id) || decodeOwner(claim.value)?.session !== owner.session) return;
      await bucket.remove(Number(counter));
    });
  }

  watchLost(listener: () => void): void {
    const { signs, owner } = this.#options;
    const check = async () => {
      const { isOver } = await signs.stateOf(owner);
      if (isOver && !this.#closed) listener();
    };
    // A hint that is missed: the next renewal finds out.
    this.#watch = signs.watch(owner, () => void check().catch(() => {})).catch(() => undefined);
  }

  async close(): Promise<void> {
    const { signs, owner } = this.#options;
    this.#closed = true;
    (await this.#watch)?.[Symbol.dispose]();
    await call("to end the session", () => signs.end(owner));
  }

  async #acquire(key: string, states: Map<string, Promise<SessionState>>): Promise<AcquireResult> {
    const { bucket, owner, signs } = this.#options;
    for (let previous = 0; ; ) {
      const written = await bucket.compareAndSet(key, this.#value, previous);
      if (written !== undefined) return { status: "acquired", counter: BigInt(written) };
      const claim = await bucket.get(key);
      const holder = decodeOwner(claim?.value);
      previous = claim?.revision ?? 0;
      if (claim === undefined || holder === undefined) continue;
      const counter = BigInt(claim.revision);
      if (holder.session === owner.session) return { status: "acquired", counter };
      let state = states.get(holder.session);
      if (state === undefined) {
        state = signs.stateOf(holder);
        states.set(holder.session, state);
      }
      const known = await state;
      if (known.isOver) continue;
      const { app, incarnation, address } = holder;
      return { status: "taken", holder: { app, incarnation, address, counter }, remainingMs: known.remainingMs };
    }
  }

  /** The app's session, if it has one that goes on. */
  async #find(app: string): Promise<Owner | undefined> {
    const { bucket, signs } = this.#options;
    const found = decodeOwner((await bucket.get(appKey(app)))?.value);
    if (found === undefined) return undefined;
    return (await signs.stateOf(found)).isOver ? undefined : found;
  }
}

async function call<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw leaseError(what, error);
  }
}
