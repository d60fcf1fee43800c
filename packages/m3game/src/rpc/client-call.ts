import { create, type Message } from "@bufbuild/protobuf";
import type { Clock, Timer } from "../meta/clock.ts";
import { DeadlineNode, type DeadlineWheel } from "../meta/deadline-wheel.ts";
import { M3Error, reasonError } from "../meta/error.ts";
import { checkMetadata, checkMetadataSize, emptyMetadata, type Metadata } from "../meta/metadata.ts";
import { MetaKey, RouteType, shownKey } from "../meta/route-type.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Instance } from "../plugin/router.ts";
import type { Span, SpanContext } from "../plugin/trace.ts";
import type { CallObserver, ObservedClientCall } from "../telemetry/call-observer.ts";
import type { Carrier, RoutedCall } from "./carrier.ts";
import type { Call } from "./interceptor.ts";
import { mayRetry, retryDelayMs } from "./retry.ts";
import type { Route } from "./route.ts";

/** What all calls of one app share. */
export interface ClientRuntime {
  readonly sourceApp: string;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly carrier: Carrier;
  /** Undefined in an app without a metric and a trace plugin. */
  readonly observer?: CallObserver<ObservedClientCall> | undefined;
}

/** The handler's call during which another call is made: it bounds that one and is the reason to cancel it. */
export interface ParentCall {
  /** What it runs, for logs. */
  readonly name: string;
  readonly deadline: number;
  /** The player a gate made the call for, empty when there is none. */
  readonly player: string;
  /** The actors whose turns wait for it, see `CallHead.chain`. */
  readonly chain: string;
  /** Goes along with the call, unless that says otherwise. */
  readonly baggage: Metadata;
  /** The trace it belongs to. */
  readonly spanContext: SpanContext | undefined;
  /** Registers a call that starts. Throws when the handler ended already. */
  adopt(child: ClientCall): void;
  /** A call ended: `deliver` gives its result to the handler, now or as soon as the handler may go on. */
  release(child: ClientCall, deliver: () => void): void;
  /** A call failed, whether the handler waits for it or not. */
  childFailed(method: string, error: unknown): void;
}

export interface ClientCallInit {
  readonly meta: MethodMeta;
  readonly request: Message;
  readonly route: Route;
  readonly targetService: string;
  /** When it is made, on the app's clock. */
  readonly madeAt: number;
  readonly deadline: number;
  readonly metadata: Metadata;
  readonly signal: AbortSignal | undefined;
  readonly parent: ParentCall | undefined;
}

/** How each kind of route is named on its way. */
export const routeTypes = {
  p2p: RouteType.P2P,
  random: RouteType.RANDOM,
  hash: RouteType.HASH,
  single: RouteType.SINGLE,
  broadcast: RouteType.BROADCAST,
  multicast: RouteType.MULTICAST,
} as const satisfies Record<Route["kind"], RouteType>;

const noBytes = new Uint8Array(0);
const noop = () => {};

/** One call on its way out, through all its attempts. */
export class ClientCall extends DeadlineNode implements RoutedCall, Call {
  readonly side = "client";
  readonly meta: MethodMeta;
  readonly request: Message;
  readonly route: Route;
  readonly targetService: string;
  readonly deadline: number;
  readonly notify: boolean;
  readonly hops = 0;
  metadata: Metadata;
  payload: Uint8Array = noBytes;
  linkState: unknown = undefined;
  carrierState: unknown = undefined;
  settled = false;
  span: Span | undefined = undefined;
  /** False once whoever made it has gone on: then it may have waited, and only the clock knows the time. */
  isNew = true;
  readonly #runtime: ClientRuntime;
  readonly #parent: ParentCall | undefined;
  readonly #callerSignal: AbortSignal | undefined;
  #abort: AbortController | undefined;
  /** When it was made, and from when it ran on: when it began to run. */
  #startedAt: number;
  #attempts = 0;
  #retryTimer: Timer | undefined;
  #lastError: M3Error | undefined;
  #resolve: (response: Message) => void = noop;
  #reject: (error: M3Error) => void = noop;

  constructor(runtime: ClientRuntime, init: ClientCallInit) {
    super();
    this.#runtime = runtime;
    this.#parent = init.parent;
    this.#callerSignal = init.signal;
    this.meta = init.meta;
    this.request = init.request;
    this.route = init.route;
    this.targetService = init.targetService;
    this.#startedAt = init.madeAt;
    this.deadline = init.deadline;
    this.metadata = init.metadata;
    this.notify = init.meta.notify || init.route.kind === "broadcast" || init.route.kind === "multicast";
  }

  get method(): string {
    return this.meta.fullName;
  }

  get sourceApp(): string {
    return this.#runtime.sourceApp;
  }

  get player(): string {
    return this.#parent?.player ?? "";
  }

  get routeType(): RouteType {
    return routeTypes[this.route.kind];
  }

  get chain(): string {
    // Nobody waits for a one-way call: one that comes back from it is no circle.
    return this.notify ? "" : (this.#parent?.chain ?? "");
  }

  get parentContext(): SpanContext | undefined {
    return this.#parent?.spanContext;
  }

  get hashKey(): string {
    return this.route.kind === "hash" ? this.route.key : "";
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  get at(): number | undefined {
    return this.isNew ? this.#startedAt : undefined;
  }

  setMetadata(key: string, value: string): void {
    const others = new Map(this.metadata);
    others.delete(key.toLowerCase());
    this.metadata = checkMetadata([...others, [key, value]]);
  }

  /**
   * Sends the call; resolves with the response message, for a one-way call with an empty one once it was sent. An
   * interceptor may run it again when it has ended.
   */
  run(): Promise<Message> {
    return new Promise((resolve, reject) => {
      if (this.settled) this.#reset();
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#callerSignal?.aborted) return reject(cancelled(this.method));
      try {
        this.payload = this.meta.encodeRequest(this.request);
        this.#parent?.adopt(this);
      } catch (error) {
        return reject(encodeError(this.method, error));
      }
      this.#beginObserved();
      this.#runtime.wheel.add(this);
      this.#callerSignal?.addEventListener("abort", this.#onAbort, { once: true });
      this.#send();
    });
  }

  aimAt({ meta }: Instance): void {
    if (!this.meta.service.appsOnly) return;
    this.metadata = new Map([...this.metadata, [shownKey, meta[MetaKey.controlKey] ?? ""]]);
  }

  #beginObserved(): void {
    const { observer, clock } = this.#runtime;
    if (observer === undefined) return;
    if (!this.isNew) this.#startedAt = clock.now();
    observer.begin(this);
  }

  #reset(): void {
    this.settled = false;
    this.#attempts = 0;
    this.#abort = undefined;
  }

  succeed(payload: Uint8Array): void {
    if (this.settled) return;
    this.#runtime.carrier.release(this, false);
    let response: Message;
    try {
      response = this.notify ? create(this.meta.output) : this.meta.decodeResponse(payload);
    } catch (cause) {
      this.#end(reasonError("BAD_RESPONSE", `the answer of ${this.method} can't be decoded: ${cause}`, { cause }));
      return;
    }
    this.#settle(undefined);
    if (this.#parent === undefined) this.#resolve(response);
    else this.#parent.release(this, () => this.#resolve(response));
  }

  fail(error: M3Error): void {
    if (this.settled) return;
    this.#runtime.carrier.release(this, false);
    if (!mayRetry(this.meta, error)) return this.#end(error);
    const delayMs = retryDelayMs(this.#attempts + 1, error, Math.random);
    if (this.#runtime.clock.now() + delayMs >= this.deadline) return this.#end(this.#withAttempts(error));
    this.#lastError = error;
    this.#retryTimer = this.#runtime.clock.after(delayMs, () => this.#send());
  }

  /** Gives the call up: it rejects with `error` and the callee is told. */
  giveUp(error: M3Error): void {
    if (this.settled) return;
    if (this.#retryTimer === undefined) this.#runtime.carrier.release(this, true);
    this.#end(error);
  }

  override onDeadline(): void {
    const waiting = this.#retryTimer !== undefined && this.#lastError;
    this.giveUp(waiting ? this.#withAttempts(waiting) : this.#deadlineError());
  }

  readonly #onAbort = (): void => this.giveUp(cancelled(this.method));

  #send(): void {
    this.#retryTimer = undefined;
    this.#attempts++;
    this.linkState = undefined;
    this.#runtime.carrier.send(this);
  }

  #end(error: M3Error): void {
    this.#abort?.abort(error);
    this.#settle(error);
    if (this.#parent === undefined) this.#reject(error);
    else this.#parent.release(this, () => this.#reject(error));
  }

  #settle(error: M3Error | undefined): void {
    this.settled = true;
    const { observer, clock } = this.#runtime;
    observer?.end(this, error, clock.now() - this.#startedAt);
    this.#runtime.wheel.remove(this);
    this.#retryTimer?.cancel();
    this.#callerSignal?.removeEventListener("abort", this.#onAbort);
  }

  #deadlineError(): M3Error {
    return reasonError("DEADLINE", `${this.method} to ${this.targetService} took longer than its deadline`);
  }

  #withAttempts(error: M3Error): M3Error {
    if (this.#attempts === 1) return error;
    const { code, reason, notExecuted, retryAfterMs, details } = error;
    return new M3Error(code, `${error.message} (gave up after ${this.#attempts} attempts)`, {
      reason,
      notExecuted,
      details,
      cause: error,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
}

function cancelled(method: string): M3Error {
  return reasonError("CANCELLED", `${method} was cancelled by its caller`);
}

function encodeError(method: string, error: unknown): M3Error {
  if (error instanceof M3Error) return error;
  return reasonError("BAD_REQUEST", `the request of ${method} can't be encoded: ${error}`, { cause: error });
}

/** The metadata of `CallOptions`, checked, and that of the call during which it is made. */
export function callMetadata(
  metadata: Readonly<Record<string, string>> | undefined,
  baggage: Metadata = emptyMetadata,
): Metadata {
  const own = metadata === undefined ? emptyMetadata : checkMetadata(Object.entries(metadata));
  if (baggage.size === 0) return own;
  if (own.size === 0) return baggage;
  const all = new Map([...baggage, ...own]);
  checkMetadataSize(all);
  return all;
}
