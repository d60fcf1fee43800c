/** A call that asks to pass. */
export interface ShapeEntry {
  /** Full method name, `/proto.MultiSer/Hello`. */
  readonly method: string;
  readonly side: "client" | "server";
  /** App id of the caller, empty for a client that is no app. */
  readonly sourceApp: string;
  /** The player a gate made the call for, empty when there is none. */
  readonly player: string;
}

/** A call that was let through. */
export interface ShapePermit {
  /** The call ended, once; `error` when it failed. Statistics count it then. */
  exit(error?: unknown): void;
}

/**
 * Limits and breaks calls by rules. All rules of a method are asked in the order of the file, the first that refuses
 * wins. Checking and counting are one step: no call passes beyond a limit because another was checked at the same time.
 */
export interface Shape extends AsyncDisposable {
  /**
   * Lets the call pass, at once or after waiting its turn. Rejects with RESOURCE_EXHAUSTED when a limit is reached,
   * UNAVAILABLE with retryAfter when a breaker is open. Aborting while it waits rejects with CANCELLED and gives the
   * place back.
   */
  enter(entry: ShapeEntry, signal: AbortSignal): ShapePermit | Promise<ShapePermit>;
  /** Takes new rules over, all or none: rejects with CONFIG_INVALID naming the wrong rule, and the old ones stay. */
  reload(): Promise<void>;
}
