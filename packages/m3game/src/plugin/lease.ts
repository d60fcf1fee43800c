import type { Fence } from "./fence.ts";

/** An app's standing with the lease store. All its claims live and die with it. */
export interface LeaseSession {
  /** Random, new at each start: another incarnation of the same app never passes for this one. */
  readonly incarnation: string;
  /**
   * Until when it certainly holds, on this process's monotonic clock in milliseconds: taken from the moment a renewal was sent,
   * less a guard, so that it is earlier than the store's own end. Infinity is not allowed.
   */
  readonly deadline: number;
  /** Aborted as soon as the session is known to be lost. It never comes back. */
  readonly lost: AbortSignal;
}

/** Who holds a claim. */
export interface LeaseHolder {
  readonly app: string;
  readonly incarnation: string;
  readonly fence: Fence;
}

export type AcquireResult =
  | { readonly status: "acquired"; readonly fence: Fence }
  /** Another holds it; `retryAfterMs` when its session is only waited out. */
  | { readonly status: "taken"; readonly holder: LeaseHolder; readonly retryAfterMs?: number };

/**
 * Claims on ids, at most one holder each. Every change is one atomic step of the store, decided by its own state and
 * never by a read before it. A call whose answer was lost rejects with UNKNOWN_OUTCOME: asking again finds out, and
 * an acquire that had succeeded then says `acquired` with the same fence. No operation is retried below this contract.
 */
export interface Lease extends AsyncDisposable {
  /**
   * Opens this app's session. Rejects with ALREADY_EXISTS naming the holder while an older incarnation's session runs,
   * with PLUGIN_FAILED when the store can't be reached.
   */
  open(app: string): Promise<LeaseSession>;
  /** Takes the claim if nobody has it. Must fail with FENCED when this app's session is over. */
  acquire(id: string): Promise<AcquireResult>;
  /**
   * Gives the claim, held with `fence`, to another app's live session in one step: nobody can take it in between.
   * Rejects with FENCED when it is not held with that fence any more, NOT_FOUND when the target has no session.
   */
  transfer(id: string, fence: Fence, targetApp: string): Promise<Fence>;
  /** Gives the claim up if it is still held with `fence`, and does nothing otherwise: never another owner's. */
  release(id: string, fence: Fence): Promise<void>;
  /** Who holds the claim now. A hint: it may have changed by the time it is read. */
  holder(id: string): Promise<LeaseHolder | undefined>;
}
