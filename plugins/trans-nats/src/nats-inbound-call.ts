import type { InboundCall, M3Error, Metadata } from "m3game";
import type { RouteType } from "m3game/internal";
import { type RequestHead, readHead } from "./request-metas.ts";
import type { TransMessage } from "./trans-message.ts";

/** Where the answers of a call go. */
export interface Answerer {
  respond(call: NatsInboundCall, payload: Uint8Array): void;
  fail(call: NatsInboundCall, error: M3Error): void;
}

/** A call that came in over NATS. */
export class NatsInboundCall implements InboundCall {
  onCancel: (() => void) | undefined = undefined;
  /** Belongs to `OpenCalls`. */
  nextOpen: NatsInboundCall | undefined = undefined;
  readonly deadline: number;
  readonly message: TransMessage;
  readonly #head: RequestHead;
  readonly #answerer: Answerer;

  /** Throws METADATA_INVALID. */
  constructor(message: TransMessage, answerer: Answerer, now: number) {
    this.message = message;
    this.#answerer = answerer;
    this.#head = readHead(message.metas);
    this.deadline = now + this.#head.timeoutMs;
  }

  get method(): string {
    return this.message.method;
  }

  get metadata(): Metadata {
    return this.#head.metadata;
  }

  get routeType(): RouteType {
    return this.#head.routeType;
  }

  get hashKey(): string {
    return this.#head.hashKey;
  }

  get targetService(): string {
    return this.#head.targetService;
  }

  get targetApp(): string {
    return this.#head.targetApp;
  }

  get sourceApp(): string {
    return this.#head.sourceApp || this.message.sourceApp;
  }

  get hops(): number {
    return this.#head.hops;
  }

  get chain(): string {
    return this.#head.chain;
  }

  get notify(): boolean {
    return this.message.notify;
  }

  get payload(): Uint8Array {
    return this.message.content;
  }

  respond(payload: Uint8Array): void {
    this.#answerer.respond(this, payload);
  }

  fail(error: M3Error): void {
    this.#answerer.fail(this, error);
  }
}
