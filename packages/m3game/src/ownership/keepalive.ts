/** What keeps one session alive. Disposing ends the renewals; the session then runs out. */
export interface Keepalive extends AsyncDisposable {
  /**
   * Until when the session certainly lasts, on the clock it was started with; -Infinity before the first renewal. It
   * may be read while the event loop was blocked and no event could be told.
   */
  readonly deadline: number;
}

/** What a keepalive tells. */
export interface KeepaliveEvents {
  /** A renewal came through. */
  onRenewed(deadline: number): void;
  /** An attempt failed; the next one follows. */
  onFailed(problem: string): void;
  /** The session is over. Nothing is told afterwards. */
  onLost(why: string): void;
}

/** The time that a session has, as granted by its store. */
export interface SessionTime {
  /** Milliseconds without a renewal. */
  readonly ttlMs: number;
  /** Asked for in the config, in milliseconds. */
  readonly guardMs: number | undefined;
}

/** How much earlier than its store an app holds its session for over: what clocks of different rates may make of it. */
export function guardOf({ ttlMs, guardMs }: SessionTime): number {
  if (guardMs !== undefined) return Math.min(guardMs, ttlMs / 2);
  return Math.min(Math.max(1000, ttlMs / 10), ttlMs / 4);
}
