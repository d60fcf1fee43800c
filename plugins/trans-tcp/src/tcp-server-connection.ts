import type { Duplex } from "node:stream";
import type { Clock, Logger, M3Error, TransHost } from "m3game";
import { isM3Error, parseAppId } from "m3game";
import { encodeErrorDetail, reasonError } from "m3game/internal";
import { Connection } from "./connection.ts";
import { FrameType } from "./frame.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { readRequest } from "./request-frame.ts";
import { TcpInboundCall } from "./tcp-inbound-call.ts";

/** Above this many bytes of answers that wait for the network, no more calls are read. */
const highWaterBytes = 4 << 20;

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
export class TcpServerConnection {
  readonly app: string;
  readonly service: string;
  readonly #options: TcpServerConnectionOptions;
  readonly #connection: Connection;
  readonly #calls = new Map<number, TcpInboundCall>();
  #draining = false;
  #paused = false;

  constructor(socket: Duplex, options: TcpServerConnectionOptions) {
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
      onOpen: () => this.#draining && this.#connection.goaway("shutting down"),
      onFrame: this.#onFrame,
      onGoaway: () => {},
      onClose: (error) => this.#onClose(error),
    });
    this.#connection.onDrain(() => this.#setPaused(false));
  }

  get writer(): FrameWriter {
    return this.#connection.writer;
  }

  get peerApp(): string {
    return this.#connection.peer?.app ?? "";
  }

  get peerMaxFrameBytes(): number {
    return this.#connection.peer?.maxFrameBytes ?? 0;
  }

  /** A call is answered: true when somebody still waits for the answer. */
  finish(stream: number): boolean {
    if (!this.#calls.delete(stream)) return false;
    if (this.writer.backlogBytes > highWaterBytes) this.#setPaused(true);
    return true;
  }

  drain(): void {
    this.#draining = true;
    if (this.#connection.isOpen) this.#connection.goaway("shutting down");
  }

  close(): void {
    this.#connection.fail(reasonError("DRAINING", "the app has stopped"));
  }

  readonly #onFrame = (type: number, flags: number, buffer: Buffer, start: number, end: number): void => {
    if (type === FrameType.REQUEST) return this.#onRequest(flags, buffer, start, end);
    if (type === FrameType.CANCEL && end - start === 4) return this.#onCancel(buffer.readUInt32BE(start));
    throw reasonError("PROTOCOL", `a client does not send frames of type ${type} and ${end - start} bytes`);
  };

  #onRequest(flags: number, buffer: Buffer, start: number, end: number): void {
    let call: TcpInboundCall;
    const stream = end - start >= 4 ? buffer.readUInt32BE(start) : 0;
    if (this.#calls.has(stream)) throw reasonError("PROTOCOL", `stream ${stream} is used twice`);
    try {
      call = new TcpInboundCall(readRequest(flags, buffer, start, end), this, this.#options.clock.now());
    } catch (error) {
      // Wrong metadata spoils one call, a frame that is cut short the whole connection.
      if (isM3Error(error) && error.reason === "METADATA_INVALID") return this.#refuse(stream, error);
      throw error;
    }
    if (call.notify) return this.#options.host.dispatch(call);
    if (this.#draining) return this.#refuse(stream, reasonError("DRAINING", `${this.app} is shutting down`));
    if (this.#calls.size >= this.#options.maxInFlight) {
      return this.#refuse(stream, reasonError("OVERLOADED", `${this.#calls.size} calls of this peer are unanswered`));
    }
    this.#calls.set(stream, call);
    this.#options.host.dispatch(call);
  }

  #refuse(stream: number, error: M3Error): void {
    this.writer.error(stream, error.code, error.message, encodeErrorDetail(error));
  }

  #onCancel(stream: number): void {
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    this.#calls.delete(stream);
    call.onCancel?.();
  }

  #onClose(error: M3Error): void {
    if (error.reason === "PROTOCOL" || error.reason === "UNAUTHENTICATED_PEER") {
      this.#options.log.warn("connection closed", { peer: this.peerApp, reason: error.message });
    }
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.onCancel?.();
    this.#options.onClose(this);
  }

  #setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#connection.setPaused(paused);
  }
}
