import type { Timer } from "../meta/clock.ts";
import { DeadlineNode } from "../meta/deadline-wheel.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { RouteType } from "../meta/route-type.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Span, SpanContext } from "../plugin/trace.ts";
import type { ObservedClientCall } from "../telemetry/call-observer.ts";
import type { RoutedCall } from "./carrier.ts";
import { type ClientRuntime, routeTypes } from "./client-call.ts";
import { mayRetry, retryDelayMs } from "./retry.ts";
import type { Route } from "./route.ts";

export interface RawCallInit {
  readonly meta: MethodMeta;
  readonly payload: Uint8Array;
  readonly route: Route;
  readonly targetService: string;
  readonly deadline: number;
  readonly metadata: Metadata;
  readonly linkedContext: SpanContext | undefined;
}

const noBytes = new Uint8Array(0);

/** A call whose request and response stay encoded, through all its attempts. */
export class RawCall extends DeadlineNode implements RoutedCall, ObservedClientCall {
  readonly meta: MethodMeta;
  readonly route: Route;
  readonly targetService: string;
  readonly deadline: number;
  readonly payload: Uint8Array;
  readonly linkedContext: SpanContext | undefined;
  readonly parentContext = undefined;
  readonly hops = 0;
  readonly chain = "";
  linkState: unknown = undefined;
  carrierState: unknown = undefined;
  settled = false;
  metadata: Metadata;
  span: Span | undefined = undefined;
  readonly #runtime: ClientRuntime;
  readonly #answer = Promise.withResolvers<Uint8Array>();
  #startedAt = 0;
  #attempts = 0;
  /** Set while it waits to be sent again. */
  #retry: { readonly timer: Timer; readonly error: M3Error } | undefined;

  constructor(runtime: ClientRuntime, init: RawCallInit) {
    super();
    this.#runtime = runtime;
    this.meta = init.meta;
    this.payload = init.payload;
    this.route = init.route;
    this.targetService = init.targetService;
    this.deadline = init.deadline;
    this.metadata = init.metadata;
    this.linkedContext = init.linkedContext;
  }

  get method(): string {
    return this.meta.fullName;
  }

  get notify(): boolean {
    return this.meta.notify;
  }

  get sourceApp(): string {
    return this.#runtime.sourceApp;
  }

  get routeType(): RouteType {
    return routeTypes[this.route.kind];
  }

  get hashKey(): string {
    return this.route.kind === "hash" ? this.route.key : "";
  }

  /** Sends it, once. Resolves with the encoded response, of a one-way call an empty one when it was sent. */
  run(): Promise<Uint8Array> {
    const { observer, clock } = this.#runtime;
    if (observer !== undefined) {
      this.#startedAt = clock.now();
      observer.begin(this);
    }
    this.#runtime.wheel.add(this);
    this.#send();
    return this.#answer.promise;
  }

  succeed(payload: Uint8Array): void {
    if (!this.#settle(undefined, false)) return;
    this.#answer.resolve(this.notify ? noBytes : payload);
  }

  fail(error: M3Error): void {
    if (this.settled) return;
    const delayMs = retryDelayMs(this.#attempts + 1, error, Math.random);
    if (mayRetry(this.meta, error) && this.#runtime.clock.now() + delayMs < this.deadline) {
      this.#runtime.carrier.release(this, false);
      this.#retry = { timer: this.#runtime.clock.after(delayMs, () => this.#send()), error };
      return;
    }
    if (this.#settle(error, false)) this.#answer.reject(error);
  }

  override onDeadline(): void {
    const error =
      this.#retry?.error ??
      reasonError("DEADLINE", `${this.method} to ${this.targetService} took longer than its deadline`);
    if (this.#settle(error, true)) this.#answer.reject(error);
  }

  #send(): void {
    this.#retry = undefined;
    this.#attempts++;
    this.linkState = undefined;
    this.#runtime.carrier.send(this);
  }

  #settle(error: M3Error | undefined, cancelled: boolean): boolean {
    if (this.settled) return false;
    this.settled = true;
    const { observer, clock } = this.#runtime;
    observer?.end(this, error, clock.now() - this.#startedAt);
    this.#runtime.wheel.remove(this);
    if (this.#retry === undefined) this.#runtime.carrier.release(this, cancelled);
    this.#retry?.timer.cancel();
    return true;
  }
}
