import { randomUUID } from "node:crypto";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type SessionState as Moved,
  NumberedMessageSchema,
  type PushFrame,
  type ResumeTicket,
  SessionStateSchema,
} from "../../gen/m3/gate_control_pb.js";
import type { CSMsg } from "../../gen/m3/gate_pb.js";
import { isM3Error, type M3Error, reasonError } from "../meta/error.ts";
import { pause } from "../meta/pause.ts";
import type { Claim } from "../ownership/claim.ts";
import type { Logger } from "../plugin/log.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import { CallQueue } from "./call-queue.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ClientMethod } from "./client-methods.ts";
import { ForwardCall } from "./forward-call.ts";
import type { EncodedPush } from "./gate-codec.ts";
import type { GateRuntime } from "./gate-runtime.ts";
import { pushFrame, toFrame } from "./players.ts";
import { type Numbered, PushQueue } from "./push-queue.ts";
import type { PushRow, PushSource } from "./push-row.ts";
import type { StoredPushes } from "./push-store.ts";
import { RateLimit } from "./rate-limit.ts";
import type { PushOptions, Session, SessionEnd, SessionHandler, SessionState } from "./sessions.ts";

/** What a session tells the gate. */
export interface SessionOwner {
  /** Its groups changed. */
  onGroup(session: PlayerSession, group: string, joined: boolean): void;
  /** Something waits for its client to read. */
  onHolding(session: PlayerSession): void;
  /** It goes on at another gate. */
  onMove(session: PlayerSession): void;
  /** It is over. */
  onEnd(session: PlayerSession, end: SessionEnd): void;
}

export interface PlayerSessionInit {
  readonly id: string;
  readonly legacy: boolean;
  readonly claim: Claim;
  readonly attributes: Readonly<Record<string, string>>;
  /** When its login came to this gate. @default one that came to another gate, which any login here is newer than */
  readonly loginAt?: number;
  /** The version of its pushes in the store; undefined: none of this session are known to be there. */
  readonly stored?: bigint | undefined;
}

export interface ResumeOptions {
  readonly ticket: ResumeTicket;
  readonly claim: Claim;
  readonly moved: Uint8Array;
  readonly stored: StoredPushes | undefined;
  /** The client has every push up to this number. */
  readonly ack: number;
}

/** How long a token is used before the client gets a new one, in parts of the window in which it counts. */
const tokenAgeParts = 2;
/**
 * A heartbeat is three pings in an idle time. This leaves room for a client that also measures how far its gate is, and for
 * those that come all at once after its network stood still.
 */
const pingsPerSecond = 20;
const pingBurst = 200;

/** One player's session at this gate. */
export class PlayerSession implements Session, PushSource {
  readonly id: string;
  readonly attributes: Map<string, string>;
  readonly legacy: boolean;
  readonly claim: Claim;
  readonly loginAt: number;
  readonly groups = new Set<string>();
  /** When its connection broke; Infinity while there is one. */
  detachedAt = Number.POSITIVE_INFINITY;
  readonly #runtime: GateRuntime;
  readonly #owner: SessionOwner;
  readonly #calls: CallQueue;
  readonly #pings: RateLimit;
  readonly #pushes: PushQueue;
  readonly #row: PushRow | undefined;
  #sessionId: string = randomUUID();
  #connection: ClientConnection | undefined;
  #closed = false;
  #tokenAt = Number.NEGATIVE_INFINITY;

  constructor(runtime: GateRuntime, owner: SessionOwner, init: PlayerSessionInit) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.id = init.id;
    this.legacy = init.legacy;
    this.claim = init.claim;
    this.loginAt = init.loginAt ?? Number.NEGATIVE_INFINITY;
    this.attributes = new Map(Object.entries(init.attributes));
    this.#pushes = new PushQueue(runtime.config, init.legacy);
    this.#row = init.legacy ? undefined : runtime.pushStore?.row(this, init.stored);
    this.#pings = new RateLimit(pingsPerSecond, pingBurst, runtime.clock.now());
    this.#calls = new CallQueue({
      config: runtime.config,
      codec: runtime.codec,
      now: () => runtime.clock.now(),
      find: (name) => runtime.methods.find(name),
      run: (message, method, repeated) => this.#run(message, method, repeated),
      answer: (message, error) => this.#answer(message, error),
    });
  }

  /**
   * The session of a client that comes from another gate, with what that one gave along; empty when it died, and then with what it
   * has stored.
   */
  static resume(runtime: GateRuntime, owner: SessionOwner, options: ResumeOptions): PlayerSession {
    const { ticket, claim, moved, stored, ack } = options;
    const state: Moved | undefined = moved.length === 0 ? undefined : fromBinary(SessionStateSchema, moved);
    const { attributes, groups } = state ?? ticket;
    const init = { id: ticket.playerId, legacy: false, claim, attributes, stored: stored?.version };
    const session = new PlayerSession(runtime, owner, init);
    session.#sessionId = ticket.sessionId;
    for (const group of groups) session.join(group);
    session.#calls.restore(state);
    // Numbers of pushes go on where the client stands, when nobody knows better.
    const lastPush = state?.lastPush ?? Math.max(ack, stored?.lastPush ?? 0);
    session.#pushes.restore(lastPush, (state ?? stored)?.pushes ?? [], state?.latest ?? {});
    if (lastPush > 0 && stored === undefined) session.#row?.changed();
    return session;
  }

  /** The same over all connections and gates. */
  get sessionId(): string {
    return this.#sessionId;
  }

  get state(): SessionState {
    if (this.#closed) return "closed";
    return this.#connection === undefined ? "detached" : "authenticated";
  }

  get remote(): string {
    return this.#connection?.remote ?? "";
  }

  get log(): Logger {
    return this.#runtime.log.child({ player: this.id });
  }

  get connection(): ClientConnection | undefined {
    return this.#connection;
  }

  /** Those that are kept for the client. */
  get pushes(): Pick<PushQueue, "lastNumber" | "kept" | "bytes"> {
    return this.#pushes;
  }

  push<D extends DescMessage>(schema: D, message: MessageInitShape<D>, options?: PushOptions): void {
    this.deliver(this.#runtime.codec.push(toFrame(schema, message, options)));
  }

  send(type: string, content: Uint8Array, options?: PushOptions): void {
    this.deliver(this.#runtime.codec.push(pushFrame(type, content, options)));
  }

  /** Sends what another app pushes. What it returns resolves once a reliable one is stored, where pushes are. */
  deliverFrame(frame: PushFrame): MaybePromise<void> {
    const push = this.#runtime.codec.push(frame);
    this.deliver(push);
    return push.delivery === "reliable" ? this.#row?.saved() : undefined;
  }

  /** Sends a push that is encoded already. */
  deliver(push: EncodedPush): void {
    if (this.#closed) return;
    const result = this.#pushes.add(push, this.#connection);
    this.#runtime.metrics.pushed(result);
    if (push.delivery === "reliable" && result !== "full") this.#row?.changed();
    if (result === "full") this.end("slow", reasonError("SLOW_READER", "too many pushes wait to be acknowledged"));
    else if (result === "kept" && this.#pushes.isHolding) this.#owner.onHolding(this);
    else if (result === "sent") this.#connection?.checkUnsent();
  }

  /** Sends what waited for the client to read. True when something still waits. */
  flush(): boolean {
    if (this.#connection !== undefined) this.#pushes.flush(this.#connection);
    return !this.#closed && this.#pushes.isHolding;
  }

  join(group: string): void {
    if (this.#closed || this.groups.has(group)) return;
    this.groups.add(group);
    this.#owner.onGroup(this, group, true);
    this.#sendToken();
  }

  leave(group: string): void {
    if (!this.groups.delete(group)) return;
    this.#owner.onGroup(this, group, false);
    this.#sendToken();
  }

  kick(reason: string): void {
    this.end("kicked", reasonError("SESSION_KICKED", reason));
  }

  /** A message of its client. */
  receive(message: CSMsg, refusal: M3Error | undefined): void {
    if (this.#pushes.acknowledge(message.ack)) this.#row?.acknowledged();
    if (message.ping !== 0 && !this.#pong(message.ping)) return;
    if (message.goodbye !== undefined) return this.end("closed", undefined);
    if (message.method === "" && message.sequence === 0 && !this.legacy) return;
    if (!this.claim.isHeld()) return this.lose();
    this.#calls.receive(message, refusal);
  }

  /** Has a connection from now on, in place of the one before. `ack`: the client has every push up to this number. */
  attach(connection: ClientConnection, welcome: Uint8Array, ack: number): void {
    this.#connection?.leave(reasonError("SESSION_REPLACED", "the session goes on over another connection"), false);
    this.#connection = connection;
    connection.session = this;
    this.detachedAt = Number.POSITIVE_INFINITY;
    if (this.#pushes.acknowledge(ack)) this.#row?.acknowledged();
    connection.send(welcome);
    this.#pushes.resend(connection);
    if (connection.isOver) this.detach(connection);
  }

  /** A connection broke. One that is not its own any more does nothing. */
  detach(connection: ClientConnection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.detachedAt = this.#runtime.clock.now();
    if (this.legacy || this.#runtime.config.ResumeWindow === 0) this.end("closed", undefined);
  }

  /** Ends it for good, here and for its client. */
  end(end: SessionEnd, error: M3Error | undefined): void {
    if (!this.#close(error, false)) return;
    // The client of a gate that stops may still go on at another one.
    if (end === "stopped") this.#row?.leave();
    else this.#row?.remove();
    this.#owner.onEnd(this, end);
  }

  /** This app is not sure any more that it is the player's: the client may go on at any gate. */
  lose(): void {
    const error = reasonError("NO_SESSION", "the gate lost its session with the lease store; connect again");
    if (!this.#close(error, true)) return;
    this.#row?.leave();
    this.#owner.onEnd(this, "failed");
  }

  /** Ends it here, to go on at another gate. Resolves with what that one needs, when no call runs or after `waitMs`. */
  async moveOut(waitMs: number): Promise<Uint8Array> {
    this.#close(reasonError("SESSION_REPLACED", "the session goes on at another gate"), false);
    this.#row?.leave();
    this.#owner.onMove(this);
    const waited = new AbortController();
    void this.#calls.idle().then(() => waited.abort());
    await pause(this.#runtime.clock, waitMs, waited.signal);
    const { lastSequence, answers, running, waiting } = this.#calls.state();
    const toMessages = (kept: readonly Numbered[]) => kept.map((each) => create(NumberedMessageSchema, each));
    const state = create(SessionStateSchema, {
      sessionId: this.#sessionId,
      attributes: Object.fromEntries(this.attributes),
      groups: [...this.groups],
      lastPush: this.#pushes.lastNumber,
      pushes: toMessages(this.#pushes.kept),
      answers: toMessages(answers),
      latest: this.#pushes.latest,
      ...{ lastSequence, running: [...running], waiting: [...waiting] },
    });
    return toBinary(SessionStateSchema, state);
  }

  /** What lets its client come back; undefined for clients that can't. */
  token(): Uint8Array | undefined {
    if (this.legacy || this.#runtime.config.ResumeWindow === 0) return undefined;
    this.#tokenAt = this.#runtime.clock.now();
    return this.#runtime.tokens.seal({
      ...{ playerId: this.id, sessionId: this.#sessionId },
      attributes: Object.fromEntries(this.attributes),
      groups: [...this.groups],
      issuedAt: BigInt(Date.now()),
    });
  }

  #close(error: M3Error | undefined, resumable: boolean): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#calls.stop();
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.leave(error, resumable);
    return true;
  }

  #run(message: CSMsg, method: ClientMethod, repeated: boolean): MaybePromise<Uint8Array> {
    const { handler, app } = this.#runtime;
    if (!this.claim.isHeld()) {
      this.lose();
      throw reasonError("NO_SESSION", `${app.app} is not sure any more that the player is its own`);
    }
    const by = { session: this, sessionId: this.#sessionId, repeated };
    const call = new ForwardCall(this.#runtime, message, method, by);
    return handler.onCall === undefined ? call.forward() : this.#handle(call, handler.onCall);
  }

  async #handle(call: ForwardCall, onCall: NonNullable<SessionHandler["onCall"]>): Promise<Uint8Array> {
    const { handler, app, log } = this.#runtime;
    try {
      return await onCall.call(handler, call);
    } catch (error) {
      if (isM3Error(error)) throw error;
      log.error("onCall failed", { method: call.method, player: this.id, error });
      throw reasonError("HANDLER_FAILED", `${call.method} failed; the log of ${app.app} says why`);
    }
  }

  #answer(message: Uint8Array, error: M3Error | undefined): void {
    this.#runtime.metrics.answered(error);
    // A client of the original takes an empty answer for a success: all it understands is the end of its stream.
    if (this.legacy && error !== undefined) return this.end("failed", error);
    this.#connection?.send(message);
    this.#connection?.checkUnsent();
  }

  /** False when that was one too many: its connection is over. */
  #pong(number: number): boolean {
    const { clock, config, codec } = this.#runtime;
    const now = clock.now();
    if (!this.#pings.take(now)) {
      // To answer it with an error would cost more than the pong.
      const retryAfterMs = Math.ceil(1000 / pingsPerSecond);
      const allowed = `at most ${pingsPerSecond} pings a second are allowed`;
      this.#connection?.leave(reasonError("RATE_LIMITED", allowed, { retryAfterMs }), true);
      return false;
    }
    const isOld = now - this.#tokenAt > (config.ResumeWindow * 1000) / tokenAgeParts;
    const resumeToken = isOld ? this.token() : undefined;
    this.#connection?.send(codec.encode({ pong: number, ...(resumeToken && { resumeToken }) }));
    return true;
  }

  #sendToken(): void {
    if (this.#connection === undefined) return;
    const resumeToken = this.token();
    if (resumeToken !== undefined) this.#connection.send(this.#runtime.codec.encode({ resumeToken }));
  }
}
