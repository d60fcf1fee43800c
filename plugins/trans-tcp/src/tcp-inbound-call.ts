import type { InboundCall, M3Error, Metadata } from "m3game";
import { encodeErrorDetail, RouteType, reasonError } from "m3game/internal";
import { FrameType, headerBytes } from "./frame.ts";
import type { RequestFrame } from "./request-frame.ts";
import type { TcpServerConnection } from "./tcp-server-connection.ts";

/** A call that came in over a connection. */
export class TcpInboundCall implements InboundCall {
  onCancel: (() => void) | undefined = undefined;
  readonly deadline: number;
  readonly #frame: RequestFrame;
  readonly #connection: TcpServerConnection;

  constructor(frame: RequestFrame, connection: TcpServerConnection, now: number) {
    this.#frame = frame;
    this.#connection = connection;
    this.deadline = now + frame.timeoutMs;
  }

  get method(): string {
    return this.#frame.method;
  }

  get metadata(): Metadata {
    return this.#frame.metadata;
  }

  get routeType(): RouteType {
    return this.#frame.routeType;
  }

  get hashKey(): string {
    return this.#frame.hashKey;
  }

  get hops(): number {
    return this.#frame.hops;
  }

  get notify(): boolean {
    return this.#frame.notify;
  }

  get payload(): Uint8Array {
    return this.#frame.payload;
  }

  get targetService(): string {
    return this.#connection.service;
  }

  get targetApp(): string {
    // The greeting said which app this is; only a caller that wanted just this one must not be sent elsewhere.
    return this.#frame.routeType === RouteType.P2P ? this.#connection.app : "";
  }

  get sourceApp(): string {
    return this.#frame.source || this.#connection.peerApp;
  }

  respond(payload: Uint8Array): void {
    if (!this.#connection.finish(this.#frame.stream)) return;
    if (headerBytes + 4 + payload.length > this.#connection.peerMaxFrameBytes) {
      const message = `the answer of ${this.method} takes ${payload.length} bytes, more than ${this.#connection.peerApp} accepts`;
      return this.#write(reasonError("MESSAGE_TOO_LARGE", message, { notExecuted: false }));
    }
    this.#connection.writer.stream(FrameType.RESPONSE, this.#frame.stream, payload);
  }

  fail(error: M3Error): void {
    if (this.#connection.finish(this.#frame.stream)) this.#write(error);
  }

  #write(error: M3Error): void {
    this.#connection.writer.error(this.#frame.stream, error.code, error.message, encodeErrorDetail(error));
  }
}
