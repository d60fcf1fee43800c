import type { Clock, Timer } from "../meta/clock.ts";
import type { LeaseStoreSession } from "../plugin/lease.ts";
import type { Logger } from "../plugin/log.ts";
import { AcquireQueue } from "./acquire-queue.ts";
import type { Claim, SessionClaim } from "./claim.ts";
import type { ClaimResult } from "./claim-result.ts";
import { guardOf, type Keepalive, type KeepaliveEvents } from "./keepalive.ts";

/**
 * `valid`: renewed in time. `doubt`: no renewal came through for half the session's time; what is owned may be used, nothing new is
 * acquired. `lost`: over, for this incarnation for ever.
 */
export type OwnershipState = "valid" | "doubt" | "lost";

/** How long a session that is given up still counts, in milliseconds: unsaved changes leave within half of it. */
const retireMs = 2000;

export interface OwnedSessionOptions {
  readonly incarnation: string;
  /** Of all fences of this session. */
  readonly epoch: bigint;
  readonly store: LeaseStoreSession;
  readonly clock: Clock;
  readonly log: Logger;
  readonly guardMs: number | undefined;
  readonly startKeepalive: (events: KeepaliveEvents) => Promise<Keepalive>;
  /** Called on a later turn, after the change. */
  readonly onState: (state: OwnershipState) => void;
  /** The store of the data has refused the fence of a claim. */
  readonly onRefused: (claim: Claim) => void;
}

/** The session of one incarnation as its app sees it: how long it counts, and what it holds. */
export class OwnedSession {
  readonly incarnation: string;
  readonly epoch: bigint;
  readonly log: Logger;
  readonly store: LeaseStoreSession;
  readonly queue: AcquireQueue;
  /** By their ids in the store, as in the maps below. */
  readonly claims = new Map<string, SessionClaim>();
  readonly acquiring = new Map<string, Promise<ClaimResult>>();
  /** Counters of claims whose release or transfer has an unknown outcome: it may still take effect. */
  readonly unsettled = new Map<string, bigint>();
  readonly #options: OwnedSessionOptions;
  readonly #doubtLeadMs: number;
  readonly #begun = Promise.withResolvers<void>();
  #keepalive: Keepalive | undefined;
  #deadline = Number.NEGATIVE_INFINITY;
  #told: OwnershipState | undefined;
  #isLost = false;
  #isFailing = false;
  #retirement: Timer | undefined;
  #timer: Timer | undefined;

  /** Resolves once the session was renewed for the first time: only then is it known how long it lasts. */
  static async begin(options: OwnedSessionOptions): Promise<OwnedSession> {
    const session = new OwnedSession(options);
    try {
      session.#keepalive = await options.startKeepalive(session.#events());
      await session.#begun.promise;
    } catch (error) {
      await session.end("it did not begin");
      throw error;
    }
    options.store.watchLost(() => session.lose("it was ended in the lease store"));
    return session;
  }

  private constructor(options: OwnedSessionOptions) {
    this.#options = options;
    this.incarnation = options.incarnation;
    this.epoch = options.epoch;
    this.log = options.log;
    this.store = options.store;
    this.queue = new AcquireQueue(options.store);
    const time = { ttlMs: options.store.ttlMs, guardMs: options.guardMs };
    // Nobody may wait for it: a keepalive that can't be started fails by itself.
    this.#begun.promise.catch(() => {});
    this.#doubtLeadMs = time.ttlMs / 2 - guardOf(time);
  }

  get deadline(): number {
    return this.#deadline;
  }

  get onRefused(): (claim: Claim) => void {
    return this.#options.onRefused;
  }

  /** True while the session certainly lasts. One compare, mostly. */
  owns(): boolean {
    return this.#options.clock.now() < this.#deadline || this.#ownsByKeepalive();
  }

  get state(): OwnershipState {
    if (!this.owns()) return "lost";
    if (this.#retirement !== undefined) return "doubt";
    return this.#options.clock.now() < this.#deadline - this.#doubtLeadMs ? "valid" : "doubt";
  }

  /** From now on nothing is owned. Claims and listeners are told on a later turn. */
  lose(why: string): void {
    if (this.#isLost) return;
    const { log } = this.#options;
    if (this.#told !== undefined) {
      log.warn("lost the session with the lease store: nothing is owned any more", { why, claims: this.claims.size });
    }
    this.#end(why);
  }

  /** Takes nothing new from now on, and is lost once what it owns had time to be saved. */
  retire(why: string): void {
    if (this.#isLost || this.#retirement !== undefined) return;
    const { clock, log } = this.#options;
    log.warn("the session with the lease store is given up and begun anew", { why, claims: this.claims.size });
    this.#retirement = clock.after(retireMs, () => this.lose(why));
    this.#tell();
  }

  #end(why: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#retirement?.cancel();
    this.#deadline = Number.NEGATIVE_INFINITY;
    this.#timer?.cancel();
    this.#begun.reject(new Error(why));
    if (this.#told === undefined) return;
    const { onState } = this.#options;
    queueMicrotask(() => {
      for (const claim of [...this.claims.values()]) claim.end();
      onState("lost");
    });
  }

  /** Gives the session up, with all claims, in the store too. Never rejects. */
  async end(why: string): Promise<void> {
    this.#end(why);
    await this.#keepalive?.[Symbol.asyncDispose]();
    await this.store.close().catch((error) => {
      this.#options.log.warn("can't end the session in the lease store; it runs out by itself", { error });
    });
  }

  // The keepalive may have got further than its events while this thread was blocked.
  #ownsByKeepalive(): boolean {
    if (this.#isLost || this.#told === undefined) return false;
    const deadline = this.#keepalive?.deadline ?? Number.NEGATIVE_INFINITY;
    if (this.#options.clock.now() < deadline) {
      this.#deadline = deadline;
      return true;
    }
    this.lose("no renewal came through in time");
    return false;
  }

  #events(): KeepaliveEvents {
    const { log } = this.#options;
    return {
      onRenewed: (deadline) => {
        if (this.#isLost) return;
        this.#deadline = Math.max(this.#deadline, deadline);
        if (this.#isFailing) log.info("the session with the lease store is renewed again");
        this.#isFailing = false;
        this.#tell();
        this.#begun.resolve();
      },
      onFailed: (problem) => {
        if (!this.#isFailing) log.warn("can't renew the session with the lease store; trying again", { problem });
        this.#isFailing = true;
      },
      onLost: (why) => this.lose(why),
    };
  }

  /** Tells of a new state and looks again when it may change by the mere passing of time. */
  #tell(): void {
    const { clock, onState } = this.#options;
    this.#told ??= "valid";
    const { state } = this;
    if (state === "lost") return;
    if (state !== this.#told) {
      this.#told = state;
      queueMicrotask(() => !this.#isLost && onState(state));
    }
    const next = state === "valid" ? this.#deadline - this.#doubtLeadMs : this.#deadline;
    this.#timer?.cancel();
    this.#timer = clock.after(Math.max(0, next - clock.now()), () => this.#tell());
  }
}
