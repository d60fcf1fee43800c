import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { Lease, LeaseHolder } from "../plugin/lease.ts";
import type { Logger } from "../plugin/log.ts";
import type { Claim, SessionClaim } from "./claim.ts";
import type { ClaimResult } from "./claim-result.ts";
import { HeldClaim } from "./held-claim.ts";
import { stoppedEarly } from "./join-session.ts";
import { KeepaliveThread } from "./keepalive-thread.ts";
import { LeaderCandidate, type LeaderHandlers } from "./leader.ts";
import type { OwnedSession, OwnershipState } from "./owned-session.ts";
import { SessionStarter } from "./session-starter.ts";
import { StateListeners } from "./state-listeners.ts";
import { untilKnown } from "./until-known.ts";

/** Whose ownership it is, and by which lease store. */
export interface OwnershipOptions {
  readonly app: AppId;
  /** Where others reach this app; they see it as the holder's. */
  readonly address: string;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long the session lasts without a renewal, in milliseconds. @default what the lease plugin is configured for */
  readonly ttlMs?: number;
  /** Asked before each session for the epoch of its fences: `Db.enterEpoch(storeName)`. */
  readonly epoch: (storeName: string) => Promise<bigint>;
  /** Asked when the lease store turns out to have gone back under the same name: `Db.raiseEpoch()`. @default nothing is raised */
  readonly raiseEpoch?: () => Promise<unknown>;
  /** Renews on the main thread and `clock`, for tests. @default false: in a thread, where the lease plugin can */
  readonly inline?: boolean;
  /** The thread that renews, to be shared by all apps of a process. @default one of its own */
  readonly keepalive?: KeepaliveThread;
  /** How long to wait for the end of an older incarnation's session, in milliseconds. @default three times `ttlMs` */
  readonly joinTimeoutMs?: number;
  /** Aborting ends a start that waits. */
  readonly signal?: AbortSignal;
}

// etcd looks for expired sessions each half second.
const storeSlackMs = 500;

/**
 * What this app owns alone in its env and world. It holds a session with the lease store, and claims on ids that live and
 * die with it. The session is held for over a guard earlier than the store ends it, so that an app that was paused or cut
 * off stops by itself. Pauses that no clock shows are caught by the fences of its writes.
 */
export class Ownership implements AsyncDisposable {
  readonly #options: OwnershipOptions;
  readonly #ttlMs: number;
  readonly #starter: SessionStarter;
  readonly #listeners: StateListeners;
  readonly #stopped: AbortController;
  readonly #candidates = new Set<LeaderCandidate>();
  /** Of all ids in the store. Made once: text put together for each id would be kept with it. */
  readonly #storePrefix: string;
  #session: OwnedSession;
  #rejoining: Promise<void> | undefined;
  #epochCheck: Promise<void> | undefined;
  #disposal: Promise<void> | undefined;

  /**
   * Opens a session; the end of an older incarnation's is waited for. Rejects with APP_ID_TAKEN when it does not end, with
   * PLUGIN_FAILED when the lease store can't be reached, with CANCELLED when aborted.
   */
  static async start(options: OwnershipOptions): Promise<Ownership> {
    const { lease, inline = false, keepalive, signal } = options;
    const ttlMs = options.ttlMs ?? lease.ttlMs;
    const stopped = new AbortController();
    const listeners = new StateListeners(options.log);
    let ownership: Ownership | undefined;
    const starter = new SessionStarter({
      ...options,
      ttlMs,
      joinTimeoutMs: options.joinTimeoutMs ?? ttlMs * 3,
      thread: inline ? undefined : (keepalive ?? new KeepaliveThread()),
      signal: stopped.signal,
      onState: (state) => listeners.tell(state),
      onRefused: (claim) => ownership?.fenceRefused(claim),
    });
    const abort = () => stopped.abort();
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      ownership = new Ownership(options, { ttlMs, starter, listeners, stopped, session: await starter.start(false) });
      return ownership;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  private constructor(
    options: OwnershipOptions,
    parts: {
      readonly ttlMs: number;
      readonly starter: SessionStarter;
      readonly listeners: StateListeners;
      readonly stopped: AbortController;
      readonly session: OwnedSession;
    },
  ) {
    this.#options = options;
    this.#ttlMs = parts.ttlMs;
    this.#starter = parts.starter;
    this.#listeners = parts.listeners;
    this.#stopped = parts.stopped;
    this.#session = parts.session;
    this.#storePrefix = `${options.app.env}.${options.app.world}/`;
  }

  /** Random, another one after each rejoin. */
  get incarnation(): string {
    return this.#session.incarnation;
  }

  get state(): OwnershipState {
    return this.#session.state;
  }

  /** Until when the session lasts at least, on the clock; -Infinity once it is lost. */
  get deadline(): number {
    return this.#session.deadline;
  }

  /** What the session holds. */
  get claims(): Iterable<Claim> {
    return this.#session.claims.values();
  }

  /** True while the session certainly lasts. Synchronous and cheap. Once false it stays so until `rejoin`. */
  owns(): boolean {
    return this.#session.owns();
  }

  /**
   * Acquires an id of this env and world; one that is held here already gives the same claim again. Rejects with NO_SESSION in
   * doubt and when the session is lost, with UNKNOWN_OUTCOME or PLUGIN_FAILED when the store does not answer: try again.
   */
  async acquire(id: string): Promise<ClaimResult> {
    const session = this.#session;
    const storeId = this.#storeId(id);
    const held = session.claims.get(storeId);
    if (held?.isHeld()) return { status: "acquired", claim: held };
    const { state } = session;
    if (state !== "valid") throw this.#noSession(state);
    let acquiring = session.acquiring.get(storeId);
    if (acquiring === undefined) {
      acquiring = this.#acquire(session, id, held).finally(() => session.acquiring.delete(storeId));
      session.acquiring.set(storeId, acquiring);
    }
    return acquiring;
  }

  /** Names the lease store and what it remembers, see `Lease.storeName`. */
  storeName(): Promise<string> {
    return this.#options.lease.storeName();
  }

  /** Who holds the id now, undefined when nobody does. A hint: it may have changed already. */
  holder(id: string): Promise<LeaseHolder | undefined> {
    return untilKnown(
      () => this.#options.lease.holder(this.#storeId(id)),
      () => this.owns(),
    );
  }

  /** Calls `listener` after each change of `state`, on a later turn of the event loop. Disposing ends that. */
  onState(listener: (state: OwnershipState) => void): Disposable {
    return this.#listeners.add(listener);
  }

  /**
   * Begins anew after the session was lost: a new incarnation that holds nothing. Waits while the lease store can't be
   * reached. Does nothing while the session lasts. Rejects with APP_ID_TAKEN, or CANCELLED once this is disposed.
   */
  rejoin(): Promise<void> {
    if (this.owns()) return Promise.resolve();
    // The session that is lost by disposing is no reason to begin another.
    if (this.#stopped.signal.aborted) return this.#rejoining ?? Promise.reject(stoppedEarly(this.#options.app.app));
    this.#rejoining ??= this.#rejoin().finally(() => {
      this.#rejoining = undefined;
    });
    return this.#rejoining;
  }

  /**
   * The data store has refused the fence of a claim that counts as held here. Where the store's epoch has risen, no fence of
   * this session passes any more as soon as a newer one did: the session is given up, saved changes first, and lost. Where it has
   * not, and the lease store knows no newer owner either, the lease store has gone back to what it knew before: then the epoch is raised.
   */
  fenceRefused(claim: Claim): void {
    this.#epochCheck ??= this.#checkEpoch(this.#session, claim).finally(() => {
      this.#epochCheck = undefined;
    });
  }

  /**
   * Stands for leader of `name` until the candidate is disposed; of all candidates in this env and world at most one is
   * elected. A leader that loses its session is revoked, and stands again after a rejoin.
   */
  leader(name: string, handlers: LeaderHandlers): LeaderCandidate {
    const { clock, log } = this.#options;
    const candidate = LeaderCandidate.start(name, handlers, {
      ...{ clock, log, pollMs: this.#ttlMs / 10 },
      acquire: (id) => this.acquire(id),
      onEnd: () => this.#candidates.delete(candidate),
    });
    this.#candidates.add(candidate);
    return candidate;
  }

  /** Ends leaderships, then the session with all claims. Save before. Never rejects. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    await Promise.all([...this.#candidates].map((candidate) => candidate[Symbol.asyncDispose]()));
    this.#stopped.abort();
    await this.#rejoining?.catch(() => {});
    await this.#session.end("the app gave it up");
  }

  async #checkEpoch(session: OwnedSession, { id, fence }: Claim): Promise<void> {
    const { epoch, raiseEpoch, lease, log } = this.#options;
    try {
      // Asked first: whoever was refused gives the claim up. That it may be wrong costs a session, and no data.
      const holder = await this.holder(id);
      const current = await epoch(await lease.storeName());
      if (current > session.epoch)
        return session.retire(`the data store counts in epoch ${current}, not ${session.epoch}`);
      if (holder?.incarnation !== session.incarnation || holder.counter !== fence.counter || !raiseEpoch) return;
      await raiseEpoch();
      session.retire("the lease store has gone back to an older state, and counts anew");
    } catch (error) {
      // Whoever is refused next asks again.
      log.debug("can't ask the data store for its epoch", { error });
    }
  }

  async #rejoin(): Promise<void> {
    // The old session is over here: without this its claims and the app id would be taken until the store ends it.
    await this.#session.end("it is begun anew");
    this.#session = await this.#starter.start(true);
    this.#listeners.tell("valid");
  }

  async #acquire(session: OwnedSession, id: string, leaving: SessionClaim | undefined): Promise<ClaimResult> {
    await leaving?.settled();
    const storeId = this.#storeId(id);
    const held = session.claims.get(storeId);
    if (held?.isHeld()) return { status: "acquired", claim: held };
    const result = await untilKnown(
      () => session.queue.acquire(storeId),
      () => session.owns(),
    );
    if (result.status === "taken") {
      // Apart from each other, so that not all who wait come back at the same moment.
      const retryAfterMs = Math.ceil(result.remainingMs + storeSlackMs * (1 + Math.random()));
      return { status: "taken", holder: result.holder, retryAfterMs };
    }
    if (result.status === "lost") session.lose("the lease store says that it is over");
    const counter = result.status === "acquired" ? await this.#settledCounter(session, storeId, result.counter) : 0n;
    // The answer may have come late: what counts is the session now.
    if (!session.owns()) throw this.#noSession("lost");
    const claim = new HeldClaim(session, { id, storeId, counter });
    session.claims.set(storeId, claim);
    return { status: "acquired", claim };
  }

  /** Makes sure that no release or transfer that is still on its way can hit the claim: they name the old counter. */
  async #settledCounter(session: OwnedSession, storeId: string, counter: bigint): Promise<bigint> {
    if (session.unsettled.get(storeId) !== counter) return counter;
    const renewed = await untilKnown(
      () => session.store.transfer(storeId, counter, this.#options.app.app),
      () => session.owns(),
    );
    if (renewed.status !== "transferred") {
      throw reasonError("UNKNOWN_OUTCOME", `${storeId} changed hands while it was acquired; try again`);
    }
    session.unsettled.delete(storeId);
    return renewed.counter;
  }

  #noSession(state: OwnershipState): M3Error {
    const text =
      state === "doubt"
        ? "is in doubt about its session with the lease store and takes nothing new at the moment"
        : "has lost its session with the lease store";
    return reasonError("NO_SESSION", `${this.#options.app.app} ${text}`, { retryAfterMs: this.#ttlMs / 4 });
  }

  // Envs and worlds may share a lease store.
  #storeId(id: string): string {
    return this.#storePrefix + id;
  }
}
