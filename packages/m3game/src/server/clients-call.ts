import { randomUUID } from "node:crypto";
import type { M3Error } from "../meta/error.ts";
import { GateMetaKey } from "../meta/gate-meta-key.ts";
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
  metadata: Metadata;
  /** What it is known by when it comes back; undefined: this app has not handed it on. */
  handedOnAs: string | undefined;
  #cancelled = false;

  constructor(inbound: InboundCall, onAnswer: (answer: Uint8Array | M3Error) => void) {
    this.#inbound = inbound;
    this.#onAnswer = onAnswer;
    this.metadata = inbound.metadata;
    inbound.onCancel = () => {
      this.#cancelled = true;
    };
  }

  get method(): string {
    return this.#inbound.method;
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

  /** It is handed on to another app. Its actor may move here meanwhile, and the call comes back after it: at most two hops, so to the first. */
  handOn(): void {
    if (this.hops > 0 || this.handedOnAs !== undefined) return;
    this.handedOnAs = randomUUID();
    this.metadata = new Map([...this.metadata, [GateMetaKey.handedOn, this.handedOnAs]]);
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
