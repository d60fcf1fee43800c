import { setTimeout } from "node:timers/promises";
import { Code, type Logger, M3Error } from "m3game";
import {
  isLive,
  LeaseTable,
  type SessionRef,
  type TableHolder,
  type TableSession,
  type TableTransfer,
} from "./lease-table.ts";
import type { OnlineRows } from "./online-rows.ts";

const sweepMs = 100;
const retryMs = 1000;
const countersPerTerm = 2n ** 40n;

/** A claim with the counter of its fence. */
export interface CountedClaim {
  readonly id: string;
  readonly counter: bigint;
}

/**
 * The leases of one leader. That a session exists is stored before the app hears of it, and that it is over before anybody else gets
 * what it held; so the next leader knows which apps may still own something. What that is they tell it themselves, and until all
 * of them have, or their time is over, nobody gets anything new.
 */
export class OnlineLeases {
  readonly table: LeaseTable;
  readonly term: bigint;
  readonly #rows: OnlineRows;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  /** Of sessions that are being stored, or ended. */
  readonly #changing = new Map<TableSession, Promise<void>>();
  readonly #settled = Promise.withResolvers<void>();
  #counter: bigint;

  static async start(
    rows: OnlineRows,
    options: { readonly log: Logger; readonly signal: AbortSignal },
  ): Promise<OnlineLeases> {
    const leases = new OnlineLeases(rows, options);
    const now = performance.now();
    for (const { appId, incarnation, address, ttlMs, counter } of await rows.sessions()) {
      // No renewal by a leader before lasts longer than this.
      const expiresAt = now + Number(ttlMs);
      leases.table.add({
        ...{ app: appId, incarnation, address, ttlMs: Number(ttlMs), counter, expiresAt },
        ...{ isConfirmed: false, isEnding: false, claims: new Map() },
      });
    }
    leases.#lookIfSettled();
    leases.#sweepUntilAborted();
    return leases;
  }

  private constructor(rows: OnlineRows, { log, signal }: { readonly log: Logger; readonly signal: AbortSignal }) {
    this.#rows = rows;
    this.#log = log;
    this.#signal = signal;
    this.term = rows.term;
    this.#counter = rows.term * countersPerTerm;
    this.table = new LeaseTable(() => ++this.#counter);
    this.#settled.promise.catch(() => {});
  }

  /** Resolves once it is known what all apps hold. */
  settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** The app's session; that of another incarnation when it has one. */
  async open(ref: SessionRef, address: string, ttlMs: number): Promise<TableSession> {
    const { app, incarnation } = ref;
    for (;;) {
      const known = this.table.get(app);
      if (known === undefined) break;
      if (!isLive(known, performance.now())) await this.end(known);
      else if (this.#changing.has(known)) await this.#changing.get(known)?.catch(() => {});
      else return known;
    }
    const session: TableSession = {
      ...{ app, incarnation, address, ttlMs, counter: ++this.#counter },
      expiresAt: Number.POSITIVE_INFINITY,
      ...{ isConfirmed: true, isEnding: false, claims: new Map() },
    };
    this.table.add(session);
    try {
      await this.#change(session, this.#rows.put(session));
    } catch (error) {
      this.table.remove(session);
      throw error;
    }
    session.expiresAt = performance.now() + ttlMs;
    return session;
  }

  /** Gives a session its full time again. False when it is over, or not confirmed yet. */
  renew(ref: SessionRef): "renewed" | "unconfirmed" | "over" {
    const now = performance.now();
    const session = this.table.live(ref, now);
    if (session === undefined) return "over";
    if (!session.isConfirmed) return "unconfirmed";
    session.expiresAt = now + session.ttlMs;
    return "renewed";
  }

  /** Takes what a session holds since a leader before. */
  confirm(ref: SessionRef, term: bigint, claims: readonly CountedClaim[], isLast: boolean): void {
    if (term !== this.term) throw new M3Error(Code.FAILED_PRECONDITION, `term ${term} is over: this is ${this.term}`);
    const session = this.table.live(ref, performance.now());
    // A repeat that comes late must not bring back what was released since.
    if (session === undefined || session.isConfirmed) return;
    for (const { id, counter } of claims) this.table.confirm(session, id, counter);
    if (!isLast) return;
    session.isConfirmed = true;
    this.#lookIfSettled();
  }

  /** Acquires what nobody holds, for a session; undefined when that is over. */
  async acquire(ref: SessionRef, ids: readonly string[]): Promise<readonly TableHolder[] | undefined> {
    await this.settled();
    const session = this.table.live(ref, performance.now());
    return session && ids.map((id) => this.table.acquire(session, id));
  }

  async transfer(ref: SessionRef, { id, counter }: CountedClaim, targetApp: string): Promise<TableTransfer> {
    await this.settled();
    const now = performance.now();
    const session = this.table.live(ref, now);
    const target = this.table.live({ app: targetApp, incarnation: "" }, now);
    return this.table.transfer(session, id, counter, target);
  }

  /** After the session was confirmed: what it confirms is what it had before. */
  async release(ref: SessionRef, { id, counter }: CountedClaim): Promise<void> {
    await this.settled();
    const session = this.table.live(ref, performance.now());
    if (session !== undefined) this.table.release(session, id, counter);
  }

  async holder(id: string): Promise<TableHolder | undefined> {
    await this.settled();
    return this.table.holder(id, performance.now());
  }

  async close(ref: SessionRef): Promise<void> {
    const session = this.table.get(ref.app);
    if (session === undefined || (ref.incarnation !== "" && ref.incarnation !== session.incarnation)) return;
    await this.#changing.get(session)?.catch(() => {});
    await this.end(session);
  }

  /** Ends a session: what it held is free once that is stored. */
  end(session: TableSession): Promise<void> {
    if (session.isEnding) return this.#changing.get(session) ?? Promise.resolve();
    session.isEnding = true;
    return this.#change(session, this.#end(session));
  }

  async #end(session: TableSession): Promise<void> {
    for (;;) {
      if (this.#signal.aborted) throw leadsNoMore();
      try {
        await this.#rows.delete(session);
        break;
      } catch (error) {
        this.#log.warn("can't store that a session is over; trying again", { app: session.app, error });
        await setTimeout(retryMs, undefined, { signal: this.#signal, ref: false }).catch(() => {});
      }
    }
    this.table.remove(session);
    this.#lookIfSettled();
  }

  #change(session: TableSession, work: Promise<void>): Promise<void> {
    const change = work.finally(() => this.#changing.delete(session));
    this.#changing.set(session, change);
    return change;
  }

  #lookIfSettled(): void {
    if (this.table.sessions.every(({ isConfirmed }) => isConfirmed)) this.#settled.resolve();
  }

  #sweepUntilAborted(): void {
    const stop = () => this.#settled.reject(leadsNoMore());
    if (this.#signal.aborted) return stop();
    const sweep = setInterval(() => this.#sweep(), sweepMs).unref();
    const abort = () => {
      clearInterval(sweep);
      stop();
    };
    this.#signal.addEventListener("abort", abort, { once: true });
  }

  #sweep(): void {
    const now = performance.now();
    for (const session of this.table.sessions) {
      if (session.isEnding || isLive(session, now)) continue;
      this.#log.info("a session ran out", { app: session.app, claims: session.claims.size });
      // Fails only when this app leads no more.
      this.end(session).catch(() => {});
    }
  }
}

/** The call was not executed: the next leader does. */
function leadsNoMore(): M3Error {
  return new M3Error(Code.UNAVAILABLE, "this app leads no more", { notExecuted: true });
}
