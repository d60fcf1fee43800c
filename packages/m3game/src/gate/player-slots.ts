import { Code } from "../meta/code.ts";
import { isM3Error, type M3Error, reasonError } from "../meta/error.ts";
import { pause } from "../meta/pause.ts";
import type { Claim } from "../ownership/claim.ts";
import type { HandedOver, HandoverRequest, Leases } from "../ownership/leases.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { GateRuntime } from "./gate-runtime.ts";
import type { PlayerSession } from "./player-session.ts";

/** What this gate has of one player. */
interface Slot {
  session: PlayerSession | undefined;
  /** A session that was kicked: its claim is kept until its tokens are too old, so that no gate lets it go on. */
  kicked: { readonly sessionId: string; readonly claim: Claim; readonly until: number } | undefined;
  /** The connection of the newest login that is under way. */
  login: ClientConnection | undefined;
  /** Logins, moves and ends of one player happen one after the other. */
  turn: Promise<void>;
  waiting: number;
}

interface Entry {
  readonly id: string;
  readonly connection: ClientConnection;
}

const nothing = new Uint8Array(0);
const shortestWaitMs = 10;
/** How long calls that run may still take when their session moves, and a claim to leave. */
const leaveMs = 1000;
/** How long a request of another gate may have been under way: the login that it is for counts as so much newer. */
const requestMs = 1000;

/**
 * The players of this gate, each with the claim that makes it theirs: at most one gate of the cluster has it, and the newest
 * login gets it. That is the one whose first message came last, not the one that the game took longest over; of two gates'
 * logins within a second it is the one that asks last.
 */
export class PlayerSlots {
  readonly #runtime: GateRuntime;
  readonly #leases: Leases;
  readonly #slots = new Map<string, Slot>();

  constructor(runtime: GateRuntime, leases: Leases) {
    this.#runtime = runtime;
    this.#leases = leases;
  }

  /** The player's session here; one that comes or goes right now is waited for. */
  async find(id: string): Promise<PlayerSession | undefined> {
    const slot = this.#slots.get(id);
    if (slot !== undefined && slot.waiting > 0) await slot.turn;
    return this.#slots.get(id)?.session;
  }

  /** Everyone who has a session here. */
  *sessions(): Iterable<PlayerSession> {
    for (const { session } of this.#slots.values()) if (session !== undefined) yield session;
  }

  hasSessions(): boolean {
    for (const _session of this.sessions()) return true;
    return false;
  }

  /** The app that has the player's session, a hint; undefined: none. */
  async holder(id: string): Promise<string | undefined> {
    return (await this.#leases.holder(leaseId(id)))?.app;
  }

  /** A player logs in: every other session of it ends, wherever it is. Rejects with SESSION_REPLACED for a still newer login. */
  async login({ id, connection }: Entry, begin: (claim: Claim) => PlayerSession): Promise<void> {
    // Its client may be back already, over another connection.
    if (connection.isOver) return;
    const slot = this.#slot(id);
    const { login } = slot;
    if (login !== undefined && !login.isOver && login.loginAt > connection.loginAt) throw newerLogin();
    login?.leave(newerLogin(), false);
    slot.login = connection;
    await this.#inTurn(id, slot, async () => {
      if (slot.login !== connection || connection.isOver) return;
      this.#checkLogin(slot, connection.loginAt);
      const claim = await this.#takeOver(slot, { id, connection });
      if (slot.login === connection) slot.login = undefined;
      slot.session = connection.isOver ? undefined : begin(claim);
      if (slot.session === undefined) await this.#release(id);
    });
  }

  /**
   * A client comes back. Rejects with SESSION_REPLACED when the player has a newer session, with SESSION_KICKED when it may not.
   * `begin` makes the session from what its last gate gave along.
   */
  resume(
    entry: Entry & { readonly sessionId: string },
    attach: (session: PlayerSession) => void,
    begin: (handedOver: HandedOver) => MaybePromise<PlayerSession>,
  ): Promise<void> {
    const { id, connection, sessionId } = entry;
    const slot = this.#slot(id);
    return this.#inTurn(id, slot, async () => {
      if (connection.isOver) return;
      this.#checkResume(slot, sessionId);
      const { session } = slot;
      if (session?.claim.isHeld()) return attach(session);
      session?.lose();
      const handedOver = await this.#acquire(entry, sessionId);
      // Also for a client that is gone again: the state is here now, and nowhere else.
      slot.session = await begin(handedOver);
    });
  }

  /** A session is over. Its claim is given up, unless another one needs it. */
  ended(session: PlayerSession, kicked: boolean): void {
    const slot = this.#slots.get(session.id);
    if (slot?.session !== session) return;
    const { id, claim, sessionId } = session;
    slot.session = undefined;
    if (kicked && !session.legacy)
      slot.kicked = { sessionId, claim, until: this.#runtime.clock.now() + this.tokenLifeMs };
    else void this.#inTurn(id, slot, async () => this.#releaseUnused(id, slot));
  }

  /** How long a client can come back by what it knows of its session, in milliseconds. */
  get tokenLifeMs(): number {
    const { ResumeWindow, IdleTimeOut } = this.#runtime.config;
    return (2 * ResumeWindow + IdleTimeOut) * 1000;
  }

  /** Forgets those that were kicked long ago. */
  sweep(now: number): void {
    for (const [id, slot] of this.#slots) {
      if (slot.kicked === undefined || slot.kicked.until > now) continue;
      slot.kicked = undefined;
      void this.#inTurn(id, slot, async () => this.#releaseUnused(id, slot));
    }
  }

  /** Gives up all claims. The sessions have ended. */
  async releaseAll(): Promise<void> {
    await Promise.all(
      [...this.#slots].map(([id, slot]) => {
        slot.kicked = undefined;
        return this.#inTurn(id, slot, async () => this.#releaseUnused(id, slot));
      }),
    );
  }

  /** Makes the player this gate's own, with nothing left of an earlier session. */
  async #takeOver(slot: Slot, entry: Entry): Promise<Claim> {
    const before = slot.session?.claim ?? slot.kicked?.claim;
    slot.session?.end("replaced", newerLogin());
    slot.session = undefined;
    slot.kicked = undefined;
    return before?.isHeld() ? before : (await this.#acquire(entry)).claim;
  }

  /** Throws SESSION_REPLACED when the session here is of a login that came later. */
  #checkLogin({ session }: Slot, loginAt: number): void {
    if (session !== undefined && session.loginAt > loginAt) throw newerLogin();
  }

  #checkResume(slot: Slot, sessionId: string): void {
    if (slot.kicked?.sessionId === sessionId) throw reasonError("SESSION_KICKED", "the session was ended by the game");
    const current = slot.session?.sessionId ?? slot.kicked?.sessionId;
    if (current === undefined || current === sessionId) return;
    throw reasonError("SESSION_REPLACED", "the player has a newer session");
  }

  /** Gets the claim from whoever has it, for as long as a login may take. `sessionId`: the session that goes on. */
  async #acquire({ id, connection }: Entry, sessionId?: string): Promise<HandedOver> {
    const { clock, config } = this.#runtime;
    const until = connection.since + config.AuthTimeOut * 1000;
    for (;;) {
      try {
        const onHandover = (request: HandoverRequest) => this.#giveAway(id, request);
        const note = sessionId ?? loginNote(clock.now() - connection.loginAt);
        return await this.#leases.handover(leaseId(id), { onHandover }, note);
      } catch (error) {
        if (!mayChange(error)) throw error;
        const waitMs = Math.max(error.retryAfterMs ?? 0, shortestWaitMs) * (1 + Math.random());
        if (connection.isOver || clock.now() + waitMs >= until) throw error;
        await pause(clock, waitMs, connection.gone);
      }
    }
  }

  /** Another gate wants the player. Resolves with what goes along. Rejects for one that may not have it. */
  async #giveAway(id: string, { note }: HandoverRequest): Promise<Uint8Array> {
    const slot = this.#slot(id);
    const ageMs = loginAgeMs(note);
    // Now, and not in its turn: until then it may wait.
    const loginAt = ageMs === undefined ? undefined : this.#runtime.clock.now() - ageMs + requestMs;
    const { promise: moved, resolve, reject } = Promise.withResolvers<Uint8Array>();
    void this.#inTurn(id, slot, async () => {
      const claim = slot.session?.claim ?? slot.kicked?.claim;
      try {
        resolve(await this.#moved(slot, note, loginAt));
      } catch (error) {
        return reject(error);
      }
      // Until the claim has left, nobody may log in with it here.
      if (claim?.isHeld()) await pause(this.#runtime.clock, leaveMs, claim.lost);
      await this.#releaseUnused(id, slot);
    });
    return moved;
  }

  /** `loginAt`: when the login came that wants the player; undefined: the session that `note` names is to go on. */
  async #moved(slot: Slot, note: string, loginAt: number | undefined): Promise<Uint8Array> {
    const { session } = slot;
    if (loginAt === undefined) this.#checkResume(slot, note);
    else this.#checkLogin(slot, loginAt);
    slot.session = undefined;
    slot.kicked = undefined;
    if (session === undefined) return nothing;
    if (loginAt === undefined) return session.moveOut(leaveMs);
    session.end("replaced", reasonError("SESSION_REPLACED", "the player logged in at another gate"));
    return nothing;
  }

  async #releaseUnused(id: string, slot: Slot): Promise<void> {
    if (slot.session === undefined && slot.kicked === undefined) await this.#release(id);
  }

  async #release(id: string): Promise<void> {
    await this.#leases.release(leaseId(id)).catch((error) => {
      this.#runtime.log.warn("a player's claim could not be given up", { player: id, error });
    });
  }

  #slot(id: string): Slot {
    let slot = this.#slots.get(id);
    if (slot === undefined) {
      slot = { session: undefined, kicked: undefined, login: undefined, turn: Promise.resolve(), waiting: 0 };
      this.#slots.set(id, slot);
    }
    return slot;
  }

  async #inTurn(id: string, slot: Slot, task: () => Promise<void>): Promise<void> {
    slot.waiting++;
    const mine = slot.turn.then(task);
    slot.turn = mine.catch(() => {});
    try {
      await mine;
    } finally {
      slot.waiting--;
      const isUsed = slot.waiting > 0 || slot.session !== undefined || slot.kicked !== undefined;
      if (!isUsed && this.#slots.get(id) === slot) this.#slots.delete(id);
    }
  }
}

/** True for a failure to get a claim that need not last. */
function mayChange(error: unknown): error is M3Error {
  return (
    isM3Error(error) &&
    (error.code === Code.UNAVAILABLE || error.reason === "FENCED" || error.reason === "UNKNOWN_OUTCOME")
  );
}

function newerLogin(): M3Error {
  return reasonError("SESSION_REPLACED", "the player logged in again");
}

const loginPrefix = "login ";

/** What a gate with a login says to the one that has the player. An age, as clocks of two machines differ. */
function loginNote(ageMs: number): string {
  return `${loginPrefix}${ageMs}`;
}

/** The age in such a note; undefined for one that names a session, which is to go on. */
function loginAgeMs(note: string): number | undefined {
  return note.startsWith(loginPrefix) ? Number(note.slice(loginPrefix.length)) : undefined;
}

/** Where a player is connected: the same on every app. */
export function leaseId(playerId: string): string {
  return `player/${playerId}`;
}
