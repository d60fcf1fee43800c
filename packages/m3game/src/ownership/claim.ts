import type { Fence } from "../plugin/fence.ts";

/** An id that this app owns alone. */
export interface Claim {
  readonly id: string;
  /** Newer than that of every earlier owner. Writes made as the owner carry it. */
  readonly fence: Fence;
  /** True while it is certainly owned: ask before each piece of work, and before its result leaves. Synchronous. */
  isHeld(): boolean;
  /** Until when it certainly is, if nothing takes it away before, on the app's clock in milliseconds; -Infinity once its session is lost. */
  readonly deadline: number;
  /** Aborted once it is not held any more, whatever the reason. */
  readonly lost: AbortSignal;
  /**
   * Gives it to another app's session in one step: nobody can take it in between. From the call on it is not held here. Rejects with
   * NO_INSTANCE when the target has no session (it is held again then), with FENCED when it was not held any more, with
   * UNKNOWN_OUTCOME when the store did not tell: it may be there or still here, and is not held.
   */
  transfer(targetApp: string): Promise<void>;
  /**
   * Gives it up; from the call on it is not held. Save first, and wait for the confirmation. Idempotent. Rejects when the store
   * can't be asked: nobody else gets it then before this app's session ends.
   */
  release(): Promise<void>;
  /** The store of the data has refused its fence: somebody else owns it, whatever the lease store says. It is not held from the call on. */
  refused(): void;
}

/** What a session does with its claims. */
export interface SessionClaim extends Claim {
  /** Resolves when a transfer or release that is under way is over. Never rejects. */
  settled(): Promise<void>;
  /** It is not held any more. */
  end(): void;
}
