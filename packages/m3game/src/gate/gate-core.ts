import { create } from "@bufbuild/protobuf";
import type { PushFrame, ResumeTicket } from "../../gen/m3/gate_control_pb.js";
import { type CSMsg, WelcomeSchema } from "../../gen/m3/gate_pb.js";
import type { Timer } from "../meta/clock.ts";
import { isM3Error, type M3Error, reasonError } from "../meta/error.ts";
import { pause } from "../meta/pause.ts";
import type { Leases } from "../ownership/leases.ts";
import type { GateConnection, GateHost, GateReceiver } from "../plugin/gate.ts";
import type { GateSizes } from "../telemetry/gate-metrics.ts";
import { ClientConnection, type ConnectionOwner } from "./client-connection.ts";
import type { GateRuntime } from "./gate-runtime.ts";
import { Groups } from "./groups.ts";
import type { PlayerHost } from "./player-control.ts";
import { PlayerSession, type SessionOwner } from "./player-session.ts";
import { PlayerSlots } from "./player-slots.ts";
import type { AuthResult, SessionEnd } from "./sessions.ts";

const protocolVersion = 1;
const sweepMs = 250;
const flushMs = 50;
const handoverPollMs = 20;

/** The sessions of one app, whatever protocol their clients speak. */
export class GateCore implements GateHost, PlayerHost, ConnectionOwner, SessionOwner, AsyncDisposable {
  readonly #runtime: GateRuntime;
  readonly #connections = new Set<ClientConnection>();
  readonly #slots: PlayerSlots;
  readonly #groups = new Groups();
  readonly #holding = new Set<PlayerSession>();
  readonly #stopped = new AbortController();
  #flushTimer: Timer | undefined;
  #sweepTimer: Timer;
  #draining = false;

  constructor(runtime: GateRuntime, leases: Leases) {
    this.#runtime = runtime;
    this.#slots = new PlayerSlots(runtime, leases);
    this.#sweepTimer = runtime.clock.after(sweepMs, this.#sweep);
  }

  sizes(): GateSizes {
    let [connected, detached, keptBytes] = [0, 0, 0];
    for (const session of this.#slots.sessions()) {
      if (session.state === "detached") detached++;
      else connected++;
      keptBytes += session.pushes.bytes;
    }
    return { connections: this.#connections.size, connected, detached, keptBytes };
  }

  /** Everyone who has a session here. */
  get sessions(): Iterable<PlayerSession> {
    return this.#slots.sessions();
  }

  find(playerId: string): Promise<PlayerSession | undefined> {
    return this.#slots.find(playerId);
  }

  /** The app that has the player's session, a hint; undefined: none. */
  holder(playerId: string): Promise<string | undefined> {
    return this.#slots.holder(playerId);
  }

  accept(connection: GateConnection): GateReceiver {
    const { app, config } = this.#runtime;
    if (this.#draining) throw this.#refusal(reasonError("DRAINING", `${app.app} is shutting down; connect again`));
    if (this.#connections.size >= config.MaxConnections) {
      throw this.#refusal(reasonError("GATE_FULL", `${config.MaxConnections} clients are connected already`));
    }
    const client = new ClientConnection(this.#runtime, this, connection);
    this.#connections.add(client);
    return client;
  }

  onGone(connection: ClientConnection): void {
    this.#connections.delete(connection);
  }

  async login(connection: ClientConnection, first: CSMsg): Promise<void> {
    const ticket = this.#freshTicket(first);
    if (ticket !== undefined) return this.#resume(connection, ticket, first);
    const { id, response, attributes = {} } = await this.#authenticate(connection, first);
    await this.#slots.login({ id, connection }, (claim) => {
      const { legacy, loginAt } = connection;
      const session = new PlayerSession(this.#runtime, this, { id, legacy, claim, attributes, loginAt });
      this.#connect(session, connection, first, response);
      return session;
    });
  }

  /** Pushes to everyone here who is in the group, encoded once. */
  pushToGroup(group: string, frame: PushFrame): void {
    const members = this.#groups.members(group);
    if (members.size === 0) return;
    const push = this.#runtime.codec.push(frame);
    for (const session of members) session.deliver(push);
  }

  onGroup(session: PlayerSession, group: string, joined: boolean): void {
    if (joined) this.#groups.add(group, session);
    else this.#groups.delete(group, session);
  }

  onHolding(session: PlayerSession): void {
    this.#holding.add(session);
    this.#flushTimer ??= this.#runtime.clock.after(flushMs, this.#flush);
  }

  onMove(session: PlayerSession): void {
    for (const group of session.groups) this.#groups.delete(group, session);
    this.#holding.delete(session);
  }

  onEnd(session: PlayerSession, end: SessionEnd): void {
    this.onMove(session);
    this.#slots.ended(session, end === "kicked");
    void this.#tellEnd(session, end);
  }

  /**
   * Takes no clients any more and sends those that are here to other gates, with their sessions. Resolves when all have gone, at
   * the latest after `limitMs`: what is left has then ended.
   */
  async drain(limitMs: number): Promise<void> {
    this.#draining = true;
    const { clock, app } = this.#runtime;
    const until = clock.now() + limitMs;
    const leaving = reasonError("DRAINING", `${app.app} is shutting down; connect again`);
    for (const connection of [...this.#connections]) connection.leave(leaving, true);
    while (this.#slots.hasSessions() && clock.now() < until) await pause(clock, handoverPollMs, this.#stopped.signal);
    await this.#runtime.pushStore?.flush();
    for (const session of [...this.#slots.sessions()]) session.end("stopped", leaving);
    await this.#slots.releaseAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sweepTimer.cancel();
    this.#flushTimer?.cancel();
    this.#stopped.abort();
    await this.drain(0);
  }

  #refusal(error: M3Error): M3Error {
    this.#runtime.metrics.refused(error);
    return error;
  }

  async #resume(connection: ClientConnection, ticket: ResumeTicket, first: CSMsg): Promise<void> {
    const entry = { id: ticket.playerId, sessionId: ticket.sessionId, connection };
    const welcome = (session: PlayerSession, pushesLost: boolean) =>
      this.#connect(session, connection, first, new Uint8Array(0), { resumed: true, pushesLost });
    await this.#slots.resume(
      entry,
      (session) => welcome(session, false),
      async ({ claim, moved }) => {
        const { pushStore } = this.#runtime;
        const isGone = moved.length === 0;
        const stored = isGone ? await pushStore?.read(ticket.playerId, ticket.sessionId, claim) : undefined;
        const options = { ticket, claim, moved, stored, ack: first.ack };
        const session = PlayerSession.resume(this.#runtime, this, options);
        welcome(session, isGone && stored === undefined);
        return session;
      },
    );
  }

  /** What the client shows to go on with its session, undefined when it must log in. */
  #freshTicket({ hello }: CSMsg): ResumeTicket | undefined {
    if (hello === undefined || hello.resumeToken.length === 0) return undefined;
    const ticket = this.#runtime.tokens.open(hello.resumeToken);
    if (ticket === undefined) return undefined;
    return Date.now() - Number(ticket.issuedAt) <= this.#slots.tokenLifeMs ? ticket : undefined;
  }

  async #authenticate(connection: ClientConnection, { content }: CSMsg): Promise<AuthResult> {
    const { handler, log, client, app } = this.#runtime;
    const { remote, gone: signal } = connection;
    let result: AuthResult;
    try {
      result = await handler.onAuth(content, { remote, signal, log, client: (source) => client(source) });
    } catch (error) {
      if (isM3Error(error)) throw error;
      log.error("onAuth failed", { remote, error });
      throw reasonError("HANDLER_FAILED", `the login failed; the log of ${app.app} says why`);
    }
    if (/^[\x21-\x7e]{1,200}$/.test(result.id)) return result;
    log.error("onAuth gave a player an id that is not 1 to 200 characters of printable ASCII", { remote });
    throw reasonError("AUTH_FAILED", "the player's id can't be used");
  }

  #connect(
    session: PlayerSession,
    connection: ClientConnection,
    { method, metas, sequence, ack }: CSMsg,
    content: Uint8Array,
    { resumed = false, pushesLost = false } = {},
  ): void {
    const { codec, config } = this.#runtime;
    const welcome = create(WelcomeSchema, {
      ...{ version: protocolVersion, resumed, pushesLost },
      resumeWindowMs: config.ResumeWindow * 1000,
      idleTimeoutMs: config.IdleTimeOut * 1000,
      maxMessageBytes: config.MaxMessageBytes,
      maxCallsInFlight: config.MaxCallsInFlight,
    });
    const resumeToken = session.token() ?? new Uint8Array(0);
    const answer = { method, metas, sequence, content };
    const message = codec.encode(session.legacy ? answer : { ...answer, welcome, resumeToken });
    session.attach(connection, message, ack);
  }

  async #tellEnd(session: PlayerSession, end: SessionEnd): Promise<void> {
    try {
      await this.#runtime.handler.onClose?.(session, end);
    } catch (error) {
      this.#runtime.log.error("onClose failed", { player: session.id, error });
    }
  }

  readonly #flush = (): void => {
    this.#flushTimer = undefined;
    for (const session of this.#holding) if (!session.flush()) this.#holding.delete(session);
    if (this.#holding.size > 0) this.#flushTimer = this.#runtime.clock.after(flushMs, this.#flush);
  };

  readonly #sweep = (): void => {
    const { clock, config } = this.#runtime;
    const now = clock.now();
    for (const connection of this.#connections) connection.check(now);
    for (const session of this.#slots.sessions()) {
      if (!session.claim.isHeld()) session.lose();
      else if (now - session.detachedAt > config.ResumeWindow * 1000) session.end("idle", undefined);
    }
    this.#slots.sweep(now);
    this.#sweepTimer = clock.after(sweepMs, this.#sweep);
  };
}
