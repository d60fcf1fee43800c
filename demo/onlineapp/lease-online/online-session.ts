import type { AcquireResult, Clock, LeaseRenewal, LeaseStoreSession, Timer, TransferResult } from "m3game";
import { type OnlineAcquire_Result, OnlineSer } from "../../gen/online_pb.js";
import { holderOf } from "./holder-of.ts";
import { type LeaseCalls, unknownOutcome } from "./lease-calls.ts";

const { method } = OnlineSer;

/** How often a session looks whether it was ended, in milliseconds. */
const lookMs = 1000;
/** How many claims are confirmed in one request. */
const confirmedAtOnce = 1000;

export interface OnlineSessionOptions {
  readonly calls: LeaseCalls;
  readonly clock: Clock;
  readonly session: { readonly appId: string; readonly incarnation: string };
  readonly ttlMs: number;
  /** Of the leader that opened it. */
  readonly term: bigint;
}

/**
 * A session and what it holds. The leader keeps that in memory alone, so the session knows it too, and tells it to a new one. What an
 * older leader had answered counts for nothing from the moment that it does.
 */
export class OnlineSession implements LeaseStoreSession {
  readonly ttlMs: number;
  readonly renewal: LeaseRenewal;
  readonly #options: OnlineSessionOptions;
  readonly #claims = new Map<string, bigint>();
  #term: bigint;
  #confirming: Promise<void> | undefined;
  #look: Timer | undefined;
  #isClosed = false;

  constructor(options: OnlineSessionOptions) {
    this.#options = options;
    this.ttlMs = options.ttlMs;
    this.#term = options.term;
    const renew = (signal: AbortSignal) => this.#renew(signal);
    this.renewal = { kind: "inline", renewer: { renew, [Symbol.asyncDispose]: async () => {} } };
  }

  async acquire(ids: readonly string[]): Promise<readonly AcquireResult[]> {
    const { calls, session } = this.#options;
    const { term, lost, results } = await calls.call(method.onlineAcquire, { session, ids: [...ids] });
    if (lost) return ids.map(() => ({ status: "lost" }));
    this.#check(term);
    return ids.map((id, index) => this.#take(id, results[index]));
  }

  async transfer(id: string, counter: bigint, targetApp: string): Promise<TransferResult> {
    const { calls, session } = this.#options;
    // On its way it is confirmed, also when this is asked again: a new leader then gives it to nobody but the target. Has that got it from the
    // leader before, it confirms a newer counter.
    if (!this.#claims.has(id)) this.#claims.set(id, counter);
    const request = { session, claim: { id, counter }, targetAppId: targetApp };
    try {
      const { term, kind } = await calls.call(method.onlineTransfer, request);
      this.#check(term);
      if (kind.case === "noTarget") return { status: "no_target" };
      this.#forget(id, counter);
      if (kind.case !== "counter") return { status: "not_held" };
      if (targetApp === session.appId) this.#claims.set(id, kind.value);
      return { status: "transferred", counter: kind.value };
    } catch (error) {
      this.#forget(id, counter);
      throw error;
    }
  }

  async release(id: string, counter: bigint): Promise<void> {
    const { calls, session } = this.#options;
    this.#forget(id, counter);
    await calls.call(method.onlineRelease, { session, claim: { id, counter } });
  }

  watchLost(listener: () => void): void {
    this.#look = this.#options.clock.after(lookMs, () => void this.#lookAgain(listener));
  }

  async close(): Promise<void> {
    const { calls, session } = this.#options;
    this.#isClosed = true;
    this.#look?.cancel();
    await calls.call(method.onlineClose, { session });
  }

  async #lookAgain(listener: () => void): Promise<void> {
    // What keeps it from being asked keeps it from being renewed too, which is told of elsewhere.
    const granted = await this.#renew().catch(() => 1);
    if (this.#isClosed) return;
    if (granted > 0) this.watchLost(listener);
    else listener();
  }

  async #renew(signal?: AbortSignal): Promise<number> {
    const { calls, session, ttlMs } = this.#options;
    // Soon given up: the next attempt may reach another online app, where this one reached one that is paused.
    const options = { timeoutMs: ttlMs / 8, ...(signal && { signal }) };
    const renewed = await calls.call(method.onlineRenew, { session }, options);
    if (!renewed.mustConfirm) return Number(renewed.ttlMs);
    this.#confirming ??= this.#confirm(renewed.term).finally(() => {
      this.#confirming = undefined;
    });
    await this.#confirming;
    return Number((await calls.call(method.onlineRenew, { session }, options)).ttlMs);
  }

  async #confirm(term: bigint): Promise<void> {
    const { calls, session } = this.#options;
    this.#term = term;
    const claims = [...this.#claims].map(([id, counter]) => ({ id, counter }));
    for (let start = 0, isLast = false; !isLast; start += confirmedAtOnce) {
      const part = claims.slice(start, start + confirmedAtOnce);
      isLast = start + confirmedAtOnce >= claims.length;
      await calls.call(method.onlineConfirm, { session, term, claims: part, isLast });
    }
  }

  #take(id: string, result: OnlineAcquire_Result | undefined): AcquireResult {
    const { case: kind, value } = result?.kind ?? { case: undefined, value: undefined };
    if (kind === "taken") return { status: "taken", holder: holderOf(value), remainingMs: Number(value.remainingMs) };
    if (kind !== "counter") throw unknownOutcome(`lease_online: the leader did not say who has ${id}`);
    this.#claims.set(id, value);
    return { status: "acquired", counter: value };
  }

  // What is given up is not confirmed any more, also when nobody knows whether that was done.
  #forget(id: string, counter: bigint): void {
    if (this.#claims.get(id) === counter) this.#claims.delete(id);
  }

  #check(term: bigint): void {
    if (term === this.#term) return;
    throw unknownOutcome(`lease_online: a leader of term ${term} answered; now it is ${this.#term}`);
  }
}
