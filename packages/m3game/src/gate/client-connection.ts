import type { CSMsg } from "../../gen/m3/gate_pb.js";
import { M3Error, reasonError } from "../meta/error.ts";
import type { GateConnection, GateReceiver } from "../plugin/gate.ts";
import { isLegacy, maxFields } from "./gate-codec.ts";
import type { GateRuntime } from "./gate-runtime.ts";

/** The session of a connection that has logged in. */
export interface ConnectedSession {
  /** `refusal`: why what it asks for is not done; the message is then just its head. */
  receive(message: CSMsg, refusal: M3Error | undefined): void;
  /** The connection is over. */
  detach(connection: ClientConnection): void;
}

/** What a connection tells the gate. */
export interface ConnectionOwner {
  /** Its first message: who is it? Rejects with what the client gets as its answer. */
  login(connection: ClientConnection, first: CSMsg): Promise<void>;
  /** It is over. */
  onGone(connection: ClientConnection): void;
}

/** One connection of a client: it belongs to no session until it has logged in. */
export class ClientConnection implements GateReceiver {
  readonly since: number;
  /** When its first message came: of two logins of a player this tells which is newer, however long the game takes over each. */
  loginAt = Number.POSITIVE_INFINITY;
  /** When its last message came. */
  heardAt: number;
  legacy = false;
  session: ConnectedSession | undefined;
  readonly #runtime: GateRuntime;
  readonly #owner: ConnectionOwner;
  readonly #sink: GateConnection;
  readonly #gone = new AbortController();
  #isOver = false;
  #hasBegun = false;

  constructor(runtime: GateRuntime, owner: ConnectionOwner, sink: GateConnection) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.#sink = sink;
    this.since = runtime.clock.now();
    this.heardAt = this.since;
  }

  get remote(): string {
    return this.#sink.remote;
  }

  get backlogBytes(): number {
    return this.#sink.backlogBytes;
  }

  /** Aborted once it is over. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** True once it is over, or about to be. */
  get isOver(): boolean {
    return this.#isOver;
  }

  send(message: Uint8Array): void {
    this.#runtime.metrics.sentBytes.add(message.length);
    this.#sink.send(message);
  }

  onMessage(bytes: Uint8Array): void {
    if (this.isOver) return;
    const { metrics, clock, codec } = this.#runtime;
    metrics.receivedBytes.add(bytes.length);
    this.heardAt = clock.now();
    let refusal: M3Error | undefined;
    let message: CSMsg;
    try {
      refusal = this.#refusalOf(bytes);
      message = refusal === undefined ? codec.decode(bytes) : codec.decodeHead(bytes);
    } catch {
      return this.leave(reasonError("PROTOCOL", "the message is no CSMsg"), false);
    }
    if (this.session !== undefined) return this.session.receive(message, refusal);
    if (this.#hasBegun)
      return this.leave(reasonError("PROTOCOL", "the answer of the first message was not awaited"), false);
    this.#begin(message, refusal);
  }

  onClose(): void {
    if (this.isOver) return;
    this.#end();
    this.session?.detach(this);
  }

  /** Ends it from this side: says why, then closes. */
  leave(error: M3Error | undefined, resumable: boolean): void {
    if (this.isOver) return;
    if (error !== undefined) this.#runtime.metrics.refused(error);
    if (!this.legacy && error !== undefined) this.send(this.#runtime.codec.goodbye(error, resumable));
    this.#end();
    this.#sink.close(error?.code ?? 0, error?.message ?? "");
    this.session?.detach(this);
  }

  /** Ends it when its client is too slow, in logging in, saying anything or reading. */
  check(now: number): void {
    const { AuthTimeOut, IdleTimeOut, LegacyIdleTimeOut } = this.#runtime.config;
    this.checkUnsent();
    if (this.session === undefined) {
      if (now - this.since > AuthTimeOut * 1000) this.leave(reasonError("DEADLINE", "the login took too long"), false);
      return;
    }
    const idleMs = (this.legacy ? LegacyIdleTimeOut : IdleTimeOut) * 1000;
    if (idleMs > 0 && now - this.heardAt > idleMs) {
      this.leave(reasonError("SESSION_IDLE", `nothing came for ${idleMs} ms`), true);
    }
  }

  /** Ends it when its client does not read what is sent. */
  checkUnsent(): void {
    const { MaxUnsentBytes } = this.#runtime.config;
    if (this.#sink.backlogBytes <= MaxUnsentBytes) return;
    this.leave(reasonError("SLOW_READER", `${MaxUnsentBytes} bytes wait to be read`), true);
  }

  /** Why a message is not to be decoded. Throws for bytes that are no message. */
  #refusalOf(bytes: Uint8Array): M3Error | undefined {
    const { codec, config } = this.#runtime;
    const { length } = bytes;
    if (length > config.MaxMessageBytes) {
      const allowed = `at most ${config.MaxMessageBytes} are allowed`;
      return reasonError("MESSAGE_TOO_LARGE", `the message takes ${length} bytes; ${allowed}`);
    }
    if (!codec.hasTooManyFields(bytes)) return undefined;
    return reasonError("MESSAGE_TOO_LARGE", `the message has more than ${maxFields} fields, each meta counted`);
  }

  #begin(first: CSMsg, refusal: M3Error | undefined): void {
    this.#hasBegun = true;
    this.loginAt = this.heardAt;
    this.legacy = isLegacy(first);
    if (refusal !== undefined) return this.leave(refusal, false);
    this.#owner.login(this, first).catch((error) => this.leave(M3Error.from(error), false));
  }

  #end(): void {
    this.#isOver = true;
    this.#gone.abort();
    this.#owner.onGone(this);
  }
}
