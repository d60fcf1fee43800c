import type { M3Error } from "../meta/error.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { RouteType } from "../meta/route-type.ts";
import type { InboundCall } from "../plugin/trans.ts";

/**
 * A client's call as it is run: its answer is told to `onAnswer` too. It goes on when its gate is lost, for the client asks again by
 * another one.
 */
export class ClientsCall implements InboundCall {
  readonly #inbound: InboundCall;
  readonly #onAnswer: (answer: Uint8Array | M3Error) => void;
  onCancel: (() => void) | undefined = undefined;
  #cancelled = false;

  constructor(inbound: InboundCall, onAnswer: (answer: Uint8Array | M3Error) => void) {
    this.#inbound = inbound;
    this.#onAnswer = onAnswer;
    inbound.onCancel = () => {
      this.#cancelled = true;
    };
  }

  get method(): string {
    return this.#inbound.method;
  }

  get metadata(): Metadata {
    return this.#inbound.metadata;
  }

  get deadline(): number {
    return this.#inbound.deadline;
  }

  get routeType(): RouteType {
    return this.#inbound.routeType;
  }

  get hashKey(): string {
    return this.#inbound.hashKey;
  }

  get targetService(): string {
    return this.#inbound.targetService;
  }

  get hops(): number {
    return this.#inbound.hops;
  }

  get chain(): string {
    return this.#inbound.chain;
  }

  get notify(): boolean {
    return this.#inbound.notify;
  }

  get payload(): Uint8Array {
    return this.#inbound.payload;
  }

  get sourceApp(): string {
    return this.#inbound.sourceApp;
  }

  get targetApp(): string {
    return this.#inbound.targetApp;
  }

  respond(payload: Uint8Array): void {
    this.#onAnswer(payload);
    if (!this.#cancelled) this.#inbound.respond(payload);
  }

  fail(error: M3Error): void {
    this.#onAnswer(error);
    if (!this.#cancelled) this.#inbound.fail(error);
  }
}
