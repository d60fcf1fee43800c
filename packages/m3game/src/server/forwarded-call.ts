import { type M3Error, reasonError } from "../meta/error.ts";
import type { Metadata } from "../meta/metadata.ts";
import { MetaKey, type RouteType, shownKey } from "../meta/route-type.ts";
import type { Instance } from "../plugin/router.ts";
import type { InboundCall } from "../plugin/trans.ts";
import type { RoutedCall } from "../rpc/carrier.ts";
import type { ClientRuntime } from "../rpc/client-call.ts";
import type { Route } from "../rpc/route.ts";
import { RunningCall } from "./running-calls.ts";

export interface ForwardOptions {
  readonly runtime: ClientRuntime;
  readonly inbound: InboundCall;
  /** The app that should run it. */
  readonly targetApp: string;
  /** Service id of that app, which is this app's own: what the caller wrote need not be true. */
  readonly targetService: string;
  readonly deadline: number;
  /** Where the answer goes. */
  readonly answer: Pick<InboundCall, "respond" | "fail">;
  /** Told once, when it was answered or given up. */
  readonly onSettled: (call: ForwardedCall) => void;
}

/** A call that another app should run, handed on as it came, undecoded and in its caller's name. */
export class ForwardedCall extends RunningCall implements RoutedCall {
  readonly route: Route;
  readonly targetService: string;
  readonly deadline: number;
  linkState: unknown = undefined;
  carrierState: unknown = undefined;
  settled = false;
  metadata: Metadata;
  readonly #inbound: InboundCall;
  readonly #answer: ForwardOptions["answer"];
  readonly #runtime: ClientRuntime;
  readonly #onSettled: (call: ForwardedCall) => void;

  constructor(options: ForwardOptions) {
    super();
    const { runtime, inbound, targetApp, targetService, deadline, onSettled } = options;
    this.#runtime = runtime;
    this.#inbound = inbound;
    this.metadata = inbound.metadata;
    this.#answer = options.answer;
    this.#onSettled = onSettled;
    this.route = { kind: "p2p", app: targetApp, service: targetService };
    this.targetService = targetService;
    this.deadline = deadline;
  }

  get method(): string {
    return this.#inbound.method;
  }

  get routeType(): RouteType {
    return this.#inbound.routeType;
  }

  get hashKey(): string {
    return this.#inbound.hashKey;
  }

  get hops(): number {
    return this.#inbound.hops + 1;
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

  /** Sends it. One hop only: what it answers, also an error, goes back to the caller as it is. */
  forward(): void {
    const { onCancel } = this.#inbound;
    this.#inbound.onCancel = () => {
      onCancel?.();
      this.#giveUp();
    };
    this.#runtime.wheel.add(this);
    this.#runtime.carrier.send(this);
  }

  aimAt({ meta }: Instance): void {
    // What was shown to this app was its own key.
    if (!this.metadata.has(shownKey)) return;
    this.metadata = new Map([...this.metadata, [shownKey, meta[MetaKey.controlKey] ?? ""]]);
  }

  succeed(payload: Uint8Array): void {
    if (this.#settle(false) && !this.notify) this.#answer.respond(payload);
  }

  fail(error: M3Error): void {
    if (this.#settle(false) && !this.notify) this.#answer.fail(error);
  }

  override onDeadline(): void {
    this.abandon(reasonError("DEADLINE", `${this.method} took longer than its deadline after it was forwarded`));
  }

  /** Ends it without an answer of its target: the app stops. */
  abandon(error: M3Error): void {
    if (this.#settle(true) && !this.notify) this.#answer.fail(error);
  }

  #giveUp(): void {
    this.#settle(true);
  }

  #settle(cancelled: boolean): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#runtime.wheel.remove(this);
    this.#runtime.carrier.release(this, cancelled);
    this.#onSettled(this);
    return true;
  }
}
