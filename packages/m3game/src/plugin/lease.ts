/** Most ids that one `LeaseStoreSession.acquire` may name. */
export const maxClaimsPerRequest = 100;

/** Who holds a claim, or an app id. A hint: it may have changed by the time it is read. */
export interface LeaseHolder {
  readonly app: string;
  readonly incarnation: string;
  /** What the holder said of itself when it opened its session. */
  readonly address: string;
  /** Grows with each new owner of one claim. Those of different claims say nothing about each other. */
  readonly counter: bigint;
}

/** Who asks for a session, and for how long. */
export interface OpenSession {
  /** App id; it has one session at a time. */
  readonly app: string;
  /** Random, new at each start: another incarnation of the same app never passes for this one. */
  readonly incarnation: string;
  /** Where others reach the app; handed out with what it holds. */
  readonly address: string;
  /** How long the session lasts without a renewal, in milliseconds. The store may grant another time. */
  readonly ttlMs: number;
}

/** What came of asking for a session. */
export type OpenSessionResult =
  | { readonly status: "open"; readonly session: LeaseStoreSession }
  /** An older incarnation's session still runs, for `remainingMs` if nobody renews it. */
  | { readonly status: "taken"; readonly holder: LeaseHolder; readonly remainingMs: number };

/** What came of asking for one claim. */
export type AcquireResult =
  | { readonly status: "acquired"; readonly counter: bigint }
  /** Another app holds it; its session runs for `remainingMs` more if nobody renews it. */
  | { readonly status: "taken"; readonly holder: LeaseHolder; readonly remainingMs: number }
  /** The asking session is over. */
  | { readonly status: "lost" };

/** What came of a transfer. */
export type TransferResult =
  | { readonly status: "transferred"; readonly counter: bigint }
  /** It is not held with that counter any more. */
  | { readonly status: "not_held" }
  /** The target app has no session. */
  | { readonly status: "no_target" };

/** Renews one session. Disposing closes its connection; the session goes on until its time is over. */
export interface LeaseRenewer extends AsyncDisposable {
  /**
   * Asks for the full time again and resolves with it, in milliseconds; 0 or less: the session is over. Rejects when
   * the store can't be asked. Aborting ends the attempt, and the next one uses a new connection.
   */
  renew(signal: AbortSignal): Promise<number>;
}

/** A module that a thread of its own can import to renew sessions. */
export interface LeaseRenewerModule {
  /** Makes the renewer of one session from the `data` of its `LeaseRenewal`. */
  createLeaseRenewer(data: unknown): LeaseRenewer;
}

/** How a session is renewed. */
export type LeaseRenewal =
  | { readonly kind: "inline"; readonly renewer: LeaseRenewer }
  /** By a `LeaseRenewerModule`, with `data` that can be cloned into its thread. */
  | { readonly kind: "module"; readonly module: URL; readonly data: unknown };

/**
 * The session of one incarnation; all claims it acquires end with it. Every change is one atomic step of the store,
 * decided by the store's own state and never by a read before it.
 *
 * A call whose answer was lost rejects with UNKNOWN_OUTCOME; so does one that takes too long. Nothing is sent again
 * below this contract: asking again finds out what happened.
 */
export interface LeaseStoreSession {
  /** How long it lasts without a renewal, as granted, in milliseconds. */
  readonly ttlMs: number;
  readonly renewal: LeaseRenewal;
  /**
   * Takes each claim that nobody holds; one that is taken does not keep it from the others. The results stand in the
   * order of the ids, which differ from each other; at most `maxClaimsPerRequest`. A claim that this session holds already, also
   * by a transfer or a call whose answer was lost, is `acquired` with the counter it has.
   */
  acquire(ids: readonly string[]): Promise<readonly AcquireResult[]>;
  /**
   * Gives the claim, held with `counter`, to the session of another app, or of this one for a new counter, in one step:
   * nobody can take it in between. Asked again after a lost answer it says `transferred` when the target has it by now.
   */
  transfer(id: string, counter: bigint, targetApp: string): Promise<TransferResult>;
  /** Gives the claim up if it is still held with `counter`, and does nothing otherwise: never another owner's. */
  release(id: string, counter: bigint): Promise<void>;
  /**
   * Tells that the session is over, with all its claims, as soon as the store does: perhaps late or, when the connection broke,
   * never. Called once, before the first acquire. `listener` must not throw.
   */
  watchLost(listener: () => void): void;
  /** Ends the session and all its claims, in one step. Rejects when the store can't be asked: they then run out. */
  close(): Promise<void>;
}

/**
 * Keeps who owns what: sessions that end when they are not renewed, and claims on ids, at most one holder each.
 * Game code uses `Ownership` and its claims, which know when to stop using one.
 */
export interface Lease extends AsyncDisposable {
  /**
   * Names the store and what it remembers, for `Db.enterEpoch`: the same for all apps that it serves, and another one once
   * it has begun to count anew, also while they run. Rejects with PLUGIN_FAILED or UNKNOWN_OUTCOME when it can't be asked.
   */
  storeName(): Promise<string>;
  /** How long a session should last without a renewal, in milliseconds. */
  readonly ttlMs: number;
  /**
   * How much earlier than the store an app must hold its session for over, in milliseconds.
   * @default the greater of 1 s and a tenth of the session's time, at most a quarter of it
   */
  readonly guardMs: number | undefined;
  /**
   * Opens the app's session, when it has none. Rejects with PLUGIN_FAILED when the store refuses or can't be reached, with
   * UNKNOWN_OUTCOME when the answer was lost: asked again with the same incarnation it opens that session.
   */
  openSession(request: OpenSession): Promise<OpenSessionResult>;
  /** Who holds the claim now, undefined when nobody does. Never decide ownership by it. */
  holder(id: string): Promise<LeaseHolder | undefined>;
}
