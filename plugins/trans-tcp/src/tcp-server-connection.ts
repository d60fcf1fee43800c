import type { Socket } from "node:net";
import type { Clock, Logger, M3Error, TransHost } from "m3game";
import { isM3Error, parseAppId } from "m3game";
import { CallTable, reasonError } from "m3game/internal";
import { Connection } from "./connection.ts";
import { encodeErrorBody } from "./error-body.ts";
import { FrameType, headerBytes, RequestFlag } from "./frame.ts";
import { KnownNames } from "./known-names.ts";
import { readRequest } from "./request-frame.ts";
import { type CallConnection, TcpInboundCall } from "./tcp-inbound-call.ts";

const streamHeadBytes = headerBytes + 4;
/** How long a peer may take to leave once it was told to. */
const leaveMs = 500;

export interface TcpServerConnectionOptions {
  readonly host: TransHost;
  readonly clock: Clock;
  readonly log: Logger;
  readonly keepAliveMs: number;
  readonly maxFrameBytes: number;
  readonly maxInFlight: number;
  readonly secret: string | undefined;
  /** Told once when it is over. */
  readonly onClose: (connection: TcpServerConnection) => void;
}

/** The server side of one connection: calls by stream id. */
export class TcpServerConnection implements CallConnection {
  readonly app: string;
  readonly service: string;
  readonly #options: TcpServerConnectionOptions;
  readonly #connection: Connection;
  readonly #calls = new CallTable<TcpInboundCall>();
  readonly #names = new KnownNames();
  #draining = false;

  constructor(socket: Socket, options: TcpServerConnectionOptions) {
    this.#options = options;
    const { host, clock, keepAliveMs, maxFrameBytes, maxInFlight, secret } = options;
    this.app = host.app;
    this.service = parseAppId(host.app).service;
    this.#connection = new Connection(socket, {
      role: "server",
      app: host.app,
      maxFrameBytes,
      maxInFlight,
      secret,
      clock,
      keepAliveMs,
      onOpen: () => this.#draining && this.#connection.goaway(this.#drainingError()),
      onFrame: this.#onFrame,
      onGoaway: () => {},
      onDrain: () => {},
      onClose: (error) => this.#onClose(error),
    });
  }

  get peerApp(): string {
    return this.#connection.peer?.app ?? "";
  }

  /** Answers a call, unless nobody waits for the answer any more. */
  respond(call: TcpInboundCall, payload: Uint8Array): void {
    if (!this.#finish(call)) return;
    if (streamHeadBytes + payload.length > this.#peerMaxFrameBytes) {
      const message = `the answer of ${call.method} takes ${payload.length} bytes, more than ${this.peerApp} accepts`;
      return this.#writeError(call.stream, reasonError("MESSAGE_TOO_LARGE", message, { notExecuted: false }));
    }
    this.#connection.writer.stream(FrameType.RESPONSE, call.stream, payload);
    this.#connection.throttle();
  }

  fail(call: TcpInboundCall, error: M3Error): void {
    if (this.#finish(call)) this.#writeError(call.stream, error);
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    if (this.#connection.isOpen) this.#connection.goaway(this.#drainingError());
  }

  /** Tells the peer why it is not served, and closes. */
  refuse(error: M3Error): void {
    this.#connection.close(error);
  }

  /**
   * Closes it; resolves when the socket is gone. A peer that was told to leave may do so first: what it sent before it heard of
   * that is still refused as not executed, where a broken connection would leave it in doubt.
   */
  async close(): Promise<void> {
    if (this.#draining && this.#connection.isOpen) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = this.#options.clock.after(leaveMs, resolve);
      await Promise.race([this.#connection.gone, late]);
      timer.cancel();
    }
    this.#connection.close(reasonError("DRAINING", `${this.app} has stopped`));
    return this.#connection.gone;
  }

  get #peerMaxFrameBytes(): number {
    return this.#connection.peer?.maxFrameBytes ?? 0;
  }

  readonly #onFrame = (type: number, flags: number, buffer: Buffer, start: number, end: number): void => {
    if (type === FrameType.REQUEST) return this.#onRequest(flags, buffer, start, end);
    if (type === FrameType.CANCEL && end - start === 4) return this.#onCancel(buffer.readUInt32BE(start));
    throw reasonError("PROTOCOL", `a client does not send frames of type ${type} and ${end - start} bytes here`);
  };

  #onRequest(flags: number, buffer: Buffer, start: number, end: number): void {
    let call: TcpInboundCall;
    const stream = end - start >= 4 ? buffer.readUInt32BE(start) : 0;
    try {
      const frame = readRequest(flags, buffer, start, end, this.#names);
      call = new TcpInboundCall(frame, this, this.#connection.receivedAt);
    } catch (error) {
      // Wrong metadata spoils one call, a frame that is cut short the whole connection.
      if (!isM3Error(error) || error.reason !== "METADATA_INVALID") throw error;
      if (flags & RequestFlag.NOTIFY) return this.#dropNotify(error);
      return this.#refuse(stream, error);
    }
    if (call.notify) return this.#options.host.dispatch(call);
    if (this.#draining) return this.#refuse(stream, this.#drainingError());
    if (this.#calls.size >= this.#options.maxInFlight) {
      return this.#refuse(stream, reasonError("OVERLOADED", `${this.#calls.size} calls of this peer are unanswered`));
    }
    if (this.#calls.has(stream)) throw reasonError("PROTOCOL", `stream ${stream} is used twice`);
    this.#calls.set(stream, call);
    this.#options.host.dispatch(call);
  }

  #refuse(stream: number, error: M3Error): void {
    if (this.#calls.has(stream)) throw reasonError("PROTOCOL", `stream ${stream} is used twice`);
    this.#writeError(stream, error);
  }

  #dropNotify(error: M3Error): void {
    this.#options.log.warn("one-way call refused", { peer: this.peerApp, reason: error.message });
  }

  #onCancel(stream: number): void {
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    this.#calls.delete(stream);
    call.onCancel?.();
  }

  /** True when somebody still waits for the call; its stream may have been given to another one since. */
  #finish(call: TcpInboundCall): boolean {
    return this.#calls.get(call.stream) === call && this.#calls.delete(call.stream);
  }

  #writeError(stream: number, error: M3Error): void {
    const body = encodeErrorBody(error, this.#peerMaxFrameBytes - streamHeadBytes);
    this.#connection.writer.stream(FrameType.ERROR, stream, body);
    this.#connection.throttle();
  }

  #onClose(error: M3Error): void {
    if (error.reason === "PROTOCOL" || error.reason === "UNAUTHENTICATED_PEER") {
      this.#options.log.warn("connection closed", { peer: this.peerApp, reason: error.message });
    }
    for (const call of this.#calls.takeAll()) call.onCancel?.();
    this.#options.onClose(this);
  }

  #drainingError(): M3Error {
    return reasonError("DRAINING", `${this.app} is shutting down`);
  }
}
