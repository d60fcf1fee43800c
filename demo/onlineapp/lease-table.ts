/** An app in one of its lives. */
export interface SessionRef {
  readonly app: string;
  /** Empty: whichever the app has. */
  readonly incarnation: string;
}

/** The session of an app as the leader knows it. Times are those of the leader's clock, in milliseconds. */
export interface TableSession extends SessionRef {
  readonly address: string;
  readonly ttlMs: number;
  readonly counter: bigint;
  expiresAt: number;
  /** False until the app has told this leader all that the session holds. */
  isConfirmed: boolean;
  /** It is given up: it holds what it holds only until that is stored. */
  isEnding: boolean;
  /** What it holds, with the counters of the fences. */
  readonly claims: Map<string, bigint>;
}

export interface TableHolder {
  readonly session: TableSession;
  readonly counter: bigint;
}

export type TableTransfer = { readonly counter: bigint } | "not_held" | "no_target";

/** Sessions and what they hold, at most one holder each. Every step is synchronous, and so atomic; knows no clock and no store. */
export class LeaseTable {
  readonly #nextCounter: () => bigint;
  readonly #sessions = new Map<string, TableSession>();
  readonly #holders = new Map<string, TableSession>();

  constructor(nextCounter: () => bigint) {
    this.#nextCounter = nextCounter;
  }

  get sessions(): readonly TableSession[] {
    return [...this.#sessions.values()];
  }

  /** The app's session, whatever its state. */
  get(app: string): TableSession | undefined {
    return this.#sessions.get(app);
  }

  /** The session, as long as it is neither over nor that of another incarnation. */
  live({ app, incarnation }: SessionRef, now: number): TableSession | undefined {
    const session = this.#sessions.get(app);
    if (session === undefined || !isLive(session, now)) return undefined;
    return incarnation === "" || incarnation === session.incarnation ? session : undefined;
  }

  add(session: TableSession): void {
    this.#sessions.set(session.app, session);
  }

  /** Forgets a session; what it held is free. */
  remove(session: TableSession): void {
    if (this.#sessions.get(session.app) === session) this.#sessions.delete(session.app);
    for (const id of session.claims.keys()) this.#holders.delete(id);
    session.claims.clear();
  }

  /** The claim as it is now: the session's own, or another's that keeps it. */
  acquire(session: TableSession, id: string): TableHolder {
    return this.#holder(id) ?? this.#give(id, session, this.#nextCounter());
  }

  /** For a session that may be over by now. */
  transfer(
    session: TableSession | undefined,
    id: string,
    counter: bigint,
    target: TableSession | undefined,
  ): TableTransfer {
    const holder = this.#holder(id);
    // Asked again after a lost answer.
    if (holder !== undefined && holder.session === target && holder.counter > counter) return holder;
    if (session === undefined || holder?.session !== session || holder.counter !== counter) return "not_held";
    if (target === undefined) return "no_target";
    session.claims.delete(id);
    return this.#give(id, target, this.#nextCounter());
  }

  release(session: TableSession, id: string, counter: bigint): void {
    if (session.claims.get(id) !== counter) return;
    session.claims.delete(id);
    this.#holders.delete(id);
  }

  holder(id: string, now: number): TableHolder | undefined {
    const holder = this.#holder(id);
    return holder !== undefined && isLive(holder.session, now) ? holder : undefined;
  }

  /** What the session held under a leader before. The newer of two counters is right. */
  confirm(session: TableSession, id: string, counter: bigint): void {
    const known = this.#holder(id);
    if (known !== undefined && known.counter >= counter) return;
    known?.session.claims.delete(id);
    this.#give(id, session, counter);
  }

  #holder(id: string): TableHolder | undefined {
    const session = this.#holders.get(id);
    const counter = session?.claims.get(id);
    return session === undefined || counter === undefined ? undefined : { session, counter };
  }

  #give(id: string, session: TableSession, counter: bigint): TableHolder {
    session.claims.set(id, counter);
    this.#holders.set(id, session);
    return { session, counter };
  }
}

export function isLive(session: TableSession, now: number): boolean {
  return !session.isEnding && now < session.expiresAt;
}
