import { DeadlineNode } from "../meta/deadline-wheel.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { RouteType } from "../meta/route-type.ts";
import type { InboundCall } from "../plugin/trans.ts";
import type { RoutedCall } from "../rpc/carrier.ts";
import type { ClientRuntime } from "../rpc/client-call.ts";
import { p2p, type Route } from "../rpc/route.ts";

/** A call that another app should run, handed on as it came, undecoded and in its caller's name. */
export class ForwardedCall extends DeadlineNode implements RoutedCall {
  readonly route: Route;
  readonly deadline: number;
  linkState: unknown = undefined;
  carrierState: unknown = undefined;
  settled = false;
  readonly #inbound: InboundCall;
  readonly #runtime: ClientRuntime;

  constructor(runtime: ClientRuntime, inbound: InboundCall, targetApp: string, deadline: number) {
    super();
    this.#runtime = runtime;
    this.#inbound = inbound;
    this.route = p2p(targetApp);
    this.deadline = deadline;
  }

  get method(): string {
    return this.#inbound.method;
  }

  get metadata(): Metadata {
    return this.#inbound.metadata;
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
    return this.#inbound.hops + 1;
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

  /** Sends it. One hop only: what it answers, also an error, goes back to the caller as it is. */
  forward(): void {
    this.#inbound.onCancel = () => this.#giveUp();
    this.#runtime.wheel.add(this);
    this.#runtime.carrier.send(this);
  }

  succeed(payload: Uint8Array): void {
    if (this.#settle(false) && !this.notify) this.#inbound.respond(payload);
  }

  fail(error: M3Error): void {
    if (this.#settle(false) && !this.notify) this.#inbound.fail(error);
  }

  override onDeadline(): void {
    if (!this.#settle(true) || this.notify) return;
    this.#inbound.fail(reasonError("DEADLINE", `${this.method} took longer than its deadline after it was forwarded`));
  }

  #giveUp(): void {
    this.#settle(true);
  }

  #settle(cancelled: boolean): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#runtime.wheel.remove(this);
    this.#runtime.carrier.release(this, cancelled);
    return true;
  }
}
