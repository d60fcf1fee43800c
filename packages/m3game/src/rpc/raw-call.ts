import type { Timer } from "../meta/clock.ts";
import { DeadlineNode } from "../meta/deadline-wheel.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { RouteType } from "../meta/route-type.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
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
}

const noBytes = new Uint8Array(0);

/** A call whose request and response stay encoded, through all its attempts. */
export class RawCall extends DeadlineNode implements RoutedCall {
  readonly route: Route;
  readonly targetService: string;
  readonly deadline: number;
  readonly metadata: Metadata;
  readonly payload: Uint8Array;
  readonly hops = 0;
  readonly chain = "";
  linkState: unknown = undefined;
  carrierState: unknown = undefined;
  settled = false;
  readonly #meta: MethodMeta;
  readonly #runtime: ClientRuntime;
  readonly #answer = Promise.withResolvers<Uint8Array>();
  #attempts = 0;
  #retry: Timer | undefined;

  constructor(runtime: ClientRuntime, init: RawCallInit) {
    super();
    this.#runtime = runtime;
    this.#meta = init.meta;
    this.payload = init.payload;
    this.route = init.route;
    this.targetService = init.targetService;
    this.deadline = init.deadline;
    this.metadata = init.metadata;
  }

  get method(): string {
    return this.#meta.fullName;
  }

  get notify(): boolean {
    return this.#meta.notify;
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
    this.#runtime.wheel.add(this);
    this.#send();
    return this.#answer.promise;
  }

  succeed(payload: Uint8Array): void {
    if (!this.#settle(false)) return;
    this.#answer.resolve(this.notify ? noBytes : payload);
  }

  fail(error: M3Error): void {
    if (this.settled) return;
    const delayMs = retryDelayMs(this.#attempts + 1, error, Math.random);
    if (mayRetry(this.#meta, error) && this.#runtime.clock.now() + delayMs < this.deadline) {
      this.#runtime.carrier.release(this, false);
      this.#retry = this.#runtime.clock.after(delayMs, () => this.#send());
      return;
    }
    if (this.#settle(false)) this.#answer.reject(error);
  }

  override onDeadline(): void {
    const error = reasonError("DEADLINE", `${this.method} to ${this.targetService} took longer than its deadline`);
    if (this.#settle(true)) this.#answer.reject(error);
  }

  #send(): void {
    this.#retry = undefined;
    this.#attempts++;
    this.linkState = undefined;
    this.#runtime.carrier.send(this);
  }

  #settle(cancelled: boolean): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#runtime.wheel.remove(this);
    if (this.#retry === undefined) this.#runtime.carrier.release(this, cancelled);
    this.#retry?.cancel();
    return true;
  }
}
