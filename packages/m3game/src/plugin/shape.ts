import type { Reloadable } from "./reload.ts";

/** A call that asks to pass. */
export interface ShapeEntry {
  /** Full method name, `/proto.MultiSer/Hello`. */
  readonly method: string;
  readonly side: "client" | "server";
  /** App id of the caller, empty for a client that is no app. */
  readonly sourceApp: string;
  /** The player a gate made the call for, empty when there is none. */
  readonly player: string;
  /** Aborted when the call is given up. The reason is an M3Error. Read it only where it is needed: it is made then. */
  readonly signal: AbortSignal;
  /** When it asks, on the app's clock in milliseconds, where that is known: to look costs more than to count. */
  readonly at?: number | undefined;
}

/** A call that was let through. */
export interface ShapePermit {
  /** The call ended: `error` when it failed. Statistics count it then; further calls do nothing. */
  exit(error?: unknown): void;
}

/**
 * Limits and breaks calls by rules. All rules of a method are asked in the order of the file, limits before breakers; the
 * first that refuses wins. Checking and counting are one step: no call passes beyond a limit because another was checked
 * at the same time. A call that was refused counts for nothing.
 */
export interface Shape extends AsyncDisposable, Reloadable {
  /**
   * Lets the call pass, at once or after waiting its turn; undefined when no rule is to know how it ends. Throws or rejects
   * with RATE_LIMITED when a limit is reached, with BREAKER_OPEN when a breaker is open, both with `retryAfterMs` where that is
   * known. Aborting while it waits rejects with the signal's reason and gives the place back. After disposing, calls that
   * wait are refused with RATE_LIMITED and others pass.
   */
  enter(entry: ShapeEntry): ShapePermit | undefined | Promise<ShapePermit | undefined>;
}
