import { type DescService, isMessage, type Message } from "@bufbuild/protobuf";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import type { DeadlineWheel } from "../meta/deadline-wheel.ts";
import { isM3Error, M3Error, reasonError } from "../meta/error.ts";
import { GateMetaKey } from "../meta/gate-meta-key.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { RouteType } from "../meta/route-type.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Logger } from "../plugin/log.ts";
import type { Meter } from "../plugin/metric.ts";
import type { Span, SpanContext } from "../plugin/trace.ts";
import type { InboundCall } from "../plugin/trans.ts";
import type { Resource } from "../resource/resource.ts";
import type { ResourceSet } from "../resource/resource-set.ts";
import type { Client } from "../rpc/client.ts";
import type { ClientCall, ParentCall } from "../rpc/client-call.ts";
import type { ClientFactory } from "../rpc/client-factory.ts";
import type { ClientSource } from "../rpc/define-client.ts";
import type { Call } from "../rpc/interceptor.ts";
import type { Hooks } from "../script/hooks.ts";
import type { CallObserver } from "../telemetry/call-observer.ts";
import { contextOf, spanFields } from "../telemetry/span-context.ts";
import { baggageOf } from "./baggage.ts";
import type { Context } from "./context.ts";
import { RunningCall } from "./running-calls.ts";
import type { Turn } from "./turn.ts";

/** What all calls that an app serves share. */
export interface ServerRuntime {
  readonly app: AppId;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly clients: ClientFactory;
  readonly log: Logger;
  readonly metrics: Meter;
  /** Undefined in an app without a metric and a trace plugin. */
  readonly observer: CallObserver<ServerCall> | undefined;
  /** What the handlers read; the current set may change at any time. */
  readonly resources: { readonly current: ResourceSet };
  readonly hooks: Hooks;
  /** Has another app run a call. Resolves with the encoded answer. */
  forward(inbound: InboundCall, targetApp: string, deadline: number): Promise<Uint8Array>;
  /** Who follows the call, see `CallTraces.mark`; empty: nobody. */
  followed(call: ServerCall): string;
  /** A call was answered, or nobody waits for its answer any more. */
  onSettled(call: ServerCall, outcome: M3Error | undefined, tookMs: number): void;
}

/** One call that is served: what interceptors and handlers see of it, and its way back. */
export class ServerCall extends RunningCall implements Call, Context, ParentCall {
  readonly side = "server";
  readonly meta: MethodMeta;
  readonly request: Message;
  readonly deadline: number;
  /** True once it was answered or given up: nobody waits for its handler any more. */
  settled = false;
  /** True once its handler was entered: whatever fails now, the call was executed at least in part. */
  started = false;
  /** The actors whose turns wait for this call; an actor adds itself while it runs it. */
  chain: string;
  /** Set by a server model that shares turns between handlers. */
  turn: Turn | undefined;
  startedAt = 0;
  /** False once its transport has gone on: then it may have waited, and only the clock knows the time. */
  isNew = true;
  span: Span | undefined = undefined;
  readonly #inbound: InboundCall;
  readonly #runtime: ServerRuntime;
  /** The response that was encoded already, and its encoding. */
  #response: Message | undefined;
  #payload: Uint8Array | undefined;
  #ended: M3Error | undefined;
  #abort: AbortController | undefined;
  #children: Set<ClientCall> | undefined;
  #log: Logger | undefined;
  #resources: ResourceSet | undefined;

  constructor(runtime: ServerRuntime, inbound: InboundCall, meta: MethodMeta, request: Message, deadline: number) {
    super();
    this.#runtime = runtime;
    this.#inbound = inbound;
    this.meta = meta;
    this.request = request;
    this.deadline = deadline;
    this.chain = inbound.chain;
  }

  get app(): AppId {
    return this.#runtime.app;
  }

  get method(): string {
    return this.meta.fullName;
  }

  get name(): string {
    return this.method;
  }

  get routeType(): RouteType {
    return this.#inbound.routeType;
  }

  get hashKey(): string {
    return this.#inbound.hashKey;
  }

  get hops(): number {
    return this.#inbound.hops;
  }

  get metadata(): Metadata {
    return this.#inbound.metadata;
  }

  get sourceApp(): string {
    return this.#inbound.sourceApp;
  }

  get player(): string {
    return this.metadata.get(GateMetaKey.player) ?? "";
  }

  get at(): number | undefined {
    return this.isNew ? this.startedAt : undefined;
  }

  get baggage(): Metadata {
    return baggageOf(this.metadata, this.#runtime.followed(this));
  }

  get remainingMs(): number {
    return Math.max(0, this.deadline - this.#runtime.clock.now());
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#ended !== undefined && this.#ended !== handlerEnded) this.#abort.abort(this.#ended);
    }
    return this.#abort.signal;
  }

  get log(): Logger {
    this.#log ??= this.#runtime.log.child({
      method: this.method,
      ...(this.sourceApp && { from: this.sourceApp }),
      ...(this.player && { player: this.player }),
      ...(this.span && spanFields(this.span.context)),
    });
    return this.#log;
  }

  get metrics(): Meter {
    return this.#runtime.metrics;
  }

  get spanContext(): SpanContext | undefined {
    // Without a span of its own it hands on the trace it was called in.
    return this.span?.context ?? (this.sourceApp === "" ? undefined : contextOf(this.metadata));
  }

  get hooks(): Hooks {
    return this.#runtime.hooks;
  }

  setMetadata(): never {
    throw new TypeError("metadata is set on a call on its way out, by an interceptor of the caller");
  }

  client<S extends DescService>(source: ClientSource<S>): Client<S> {
    this.#checkAlive();
    return this.#runtime.clients.client(source, this);
  }

  resource<T>(resource: Resource<T>): T {
    // A handler whose caller has given up still runs to its end.
    if (this.#ended === handlerEnded) this.#checkAlive();
    this.#resources ??= this.#runtime.resources.current;
    return this.#resources.resource(resource);
  }

  adopt(child: ClientCall): void {
    this.#checkAlive();
    this.#children ??= new Set();
    this.#children.add(child);
    this.turn?.leave();
  }

  release(child: ClientCall, deliver: () => void): void {
    this.#children?.delete(child);
    if (this.turn === undefined) deliver();
    else this.turn.resume(deliver);
  }

  childFailed(call: string, error: unknown): void {
    if (this.#ended !== handlerEnded) return;
    this.#runtime.log.warn("a call that its handler did not wait for failed", { method: this.method, call, error });
  }

  /**
   * Its handler is entered. Throws UNKNOWN_OUTCOME for a client's call that another gate may have sent before: had it run here, its
   * answer would have been kept.
   */
  begin(): void {
    if (!this.meta.idempotent && this.metadata.get(GateMetaKey.repeat) === "1") {
      throw reasonError(
        "UNKNOWN_OUTCOME",
        `${this.method} was sent before its gate was lost, and ${this.app.app} does not know whether it ran`,
      );
    }
    this.started = true;
  }

  /** Encodes the response before the turn that made it ends: it may hold data that the next turn changes. */
  encode(response: Message): Message {
    this.#payload = encodeResponse(this.meta, response);
    this.#response = response;
    return response;
  }

  /** Has another app run the call, in its caller's name. Rejects with that app's error. */
  forwardTo(app: string): Promise<Message> {
    return this.#runtime
      .forward(this.#inbound, app, this.deadline)
      .then((payload) => this.meta.decodeResponse(payload));
  }

  /** Answers with the response. */
  answer(response: Message): void {
    if (this.settled) return;
    let payload = this.#response === response ? this.#payload : undefined;
    try {
      payload ??= encodeResponse(this.meta, response);
    } catch (error) {
      return this.reject(error);
    }
    this.#settle(handlerEnded, undefined);
    if (!this.#inbound.notify) this.#inbound.respond(payload);
  }

  /** Answers with what a handler or interceptor threw. */
  reject(error: unknown): void {
    if (this.settled) return;
    if (this.#inbound.notify) {
      // A rule, or an actor that is too busy, refuses it before its handler is entered: that is no fault of this app.
      const fields = { method: this.method, from: this.sourceApp, error };
      if (isM3Error(error) && !this.started) this.#runtime.log.warn("one-way call refused", fields);
      else this.#runtime.log.error("one-way call failed", fields);
      return this.#settle(handlerEnded, isM3Error(error) ? error : this.#handlerFailed());
    }
    if (isM3Error(error) && error.reason !== "BAD_RESPONSE") return this.#fail(this.#asExecuted(error));
    this.#runtime.log.error("handler failed", { method: this.method, from: this.sourceApp, error });
    if (isM3Error(error)) return this.#fail(error);
    this.#fail(this.#handlerFailed());
  }

  /** The caller gave up. */
  cancel(): void {
    const error = reasonError("CANCELLED", `the caller gave ${this.method} up`);
    this.#settle(error, error);
  }

  /** Ends the call without the handler: the app stops. */
  abandon(error: M3Error): void {
    if (this.settled) return;
    this.#settle(error, error);
    if (!this.#inbound.notify) this.#inbound.fail(error);
  }

  override onDeadline(): void {
    this.abandon(reasonError("DEADLINE", `${this.method} on ${this.app.app} took longer than its deadline`));
  }

  // A failure of a call that the handler made may say "not executed" of that call, which is not true of this one.
  #asExecuted(error: M3Error): M3Error {
    if (!this.started || !error.notExecuted) return error;
    const { code, reason, details, retryAfterMs } = error;
    const notExecuted = false;
    return new M3Error(code, error.message, {
      reason,
      details,
      notExecuted,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }

  #handlerFailed(): M3Error {
    return reasonError("HANDLER_FAILED", `${this.method} failed; the log of ${this.app.app} says why`);
  }

  #fail(error: M3Error): void {
    this.#settle(handlerEnded, error);
    this.#inbound.fail(error);
  }

  #settle(end: M3Error, outcome: M3Error | undefined): void {
    if (this.settled) return;
    this.settled = true;
    this.#runtime.wheel.remove(this);
    const tookMs = this.#runtime.clock.now() - this.startedAt;
    this.#runtime.observer?.end(this, outcome, tookMs);
    this.#runtime.onSettled(this, outcome, tookMs);
    this.#end(end);
  }

  #end(error: M3Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    // A handler that has answered may leave one-way calls behind: they run on, within their deadline.
    if (error === handlerEnded) return;
    this.#abort?.abort(error);
    if (this.#children !== undefined) for (const child of this.#children) child.giveUp(error);
  }

  #checkAlive(): void {
    if (this.#ended === undefined) return;
    throw this.#ended === handlerEnded
      ? reasonError("CONTEXT_ENDED", `the context of ${this.method} was used after its handler had ended`)
      : this.#ended;
  }
}

// Only ever compared and used as an abort reason; a stack of its own would say nothing.
const handlerEnded = reasonError("CONTEXT_ENDED", "the handler has ended");

/** A handler's result as a response message. Throws BAD_RESPONSE. */
export function toResponse(meta: MethodMeta, result: unknown): Message {
  if (isMessage(result, meta.output)) return result;
  if (!isFields(result)) throw badResponse(meta, describe(result));
  try {
    return meta.createResponse(result);
  } catch (cause) {
    throw badResponse(meta, cause);
  }
}

function isFields(result: unknown): result is Record<string, unknown> {
  return typeof result === "object" && result !== null && !Array.isArray(result) && !isMessage(result);
}

function describe(result: unknown): string {
  if (isMessage(result)) return result.$typeName;
  return Array.isArray(result) ? "an array" : String(result);
}

function encodeResponse(meta: MethodMeta, response: Message): Uint8Array {
  try {
    return meta.encodeResponse(response);
  } catch (cause) {
    throw badResponse(meta, cause);
  }
}

function badResponse(meta: MethodMeta, cause: unknown): M3Error {
  const message = `${meta.fullName} must return the fields of ${meta.output.typeName}; it returned ${cause}`;
  return reasonError("BAD_RESPONSE", message, { cause });
}
