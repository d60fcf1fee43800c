import type { InboundCall, M3Error, Metadata } from "m3game";
import { RouteType } from "m3game/internal";
import type { RequestFrame } from "./request-frame.ts";

/** The connection that a call came in over. */
export interface CallConnection {
  readonly app: string;
  readonly service: string;
  readonly peerApp: string;
  respond(call: TcpInboundCall, payload: Uint8Array): void;
  fail(call: TcpInboundCall, error: M3Error): void;
}

/** A call that came in over a connection. */
export class TcpInboundCall implements InboundCall {
  onCancel: (() => void) | undefined = undefined;
  readonly deadline: number;
  readonly #frame: RequestFrame;
  readonly #connection: CallConnection;

  constructor(frame: RequestFrame, connection: CallConnection, now: number) {
    this.#frame = frame;
    this.#connection = connection;
    this.deadline = now + frame.timeoutMs;
  }

  get stream(): number {
    return this.#frame.stream;
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

  get chain(): string {
    return this.#frame.chain;
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
    this.#connection.respond(this, payload);
  }

  fail(error: M3Error): void {
    this.#connection.fail(this, error);
  }
}
