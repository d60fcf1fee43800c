import { type M3Error, reasonError } from "../../meta/error.ts";
import type { Metadata } from "../../meta/metadata.ts";
import { RouteType } from "../../meta/route-type.ts";
import type { InboundCall, OutboundCall, TransHost } from "../trans.ts";

/** A call between two apps of one process: it goes over as it is, encoded but uncopied. */
export class MemoryCall implements InboundCall {
  onCancel: (() => void) | undefined = undefined;
  readonly targetApp: string;
  readonly #outbound: OutboundCall;
  readonly #onDone: (call: MemoryCall) => void;
  #done = false;

  /** `onDone` is told once, when it was answered, cancelled or broken off. */
  constructor(outbound: OutboundCall, targetApp: string, onDone: (call: MemoryCall) => void) {
    this.#outbound = outbound;
    this.#onDone = onDone;
    this.targetApp = outbound.routeType === RouteType.P2P ? targetApp : "";
  }

  get method(): string {
    return this.#outbound.method;
  }

  get metadata(): Metadata {
    return this.#outbound.metadata;
  }

  get deadline(): number {
    return this.#outbound.deadline;
  }

  get routeType(): RouteType {
    return this.#outbound.routeType;
  }

  get hashKey(): string {
    return this.#outbound.hashKey;
  }

  get targetService(): string {
    return this.#outbound.targetService;
  }

  get hops(): number {
    return this.#outbound.hops;
  }

  get chain(): string {
    return this.#outbound.chain;
  }

  get notify(): boolean {
    return this.#outbound.notify;
  }

  get payload(): Uint8Array {
    return this.#outbound.payload;
  }

  get sourceApp(): string {
    return this.#outbound.sourceApp;
  }

  dispatch(host: TransHost): void {
    if (this.#done) return;
    host.dispatch(this);
    if (this.notify && this.#finish()) this.#outbound.succeed(this.payload);
  }

  respond(payload: Uint8Array): void {
    if (this.#finish()) this.#outbound.succeed(payload);
  }

  fail(error: M3Error): void {
    if (this.#finish()) this.#outbound.fail(error);
  }

  cancel(): void {
    // Not within the caller's code, as for the call itself.
    if (this.#finish()) queueMicrotask(() => this.onCancel?.());
  }

  /** Ends it as a broken connection would. */
  breakOff(): void {
    if (!this.#finish()) return;
    this.onCancel?.();
    this.#outbound.fail(reasonError("UNKNOWN_OUTCOME", `the link closed before ${this.method} was answered`));
  }

  #finish(): boolean {
    if (this.#done) return false;
    this.#done = true;
    this.#onDone(this);
    return true;
  }
}
