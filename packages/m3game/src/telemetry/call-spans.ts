import { codeName } from "../meta/code.ts";
import type { M3Error } from "../meta/error.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Span, SpanOptions, Tracer } from "../plugin/trace.ts";
import type { CallObserver, ObservedClientCall, ObservedServerCall } from "./call-observer.ts";
import { contextOf, withContext } from "./span-context.ts";

type Attributes = NonNullable<SpanOptions["attributes"]>;

/** Makes spans of calls on their way out, and sends the trace context along with every call that belongs to a trace. */
export class ClientSpans implements CallObserver<ObservedClientCall> {
  readonly #tracer: Tracer;
  readonly #attributes = new MethodAttributes();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  begin(call: ObservedClientCall): void {
    const parent = call.parentContext;
    if (!call.meta.trace) {
      if (parent !== undefined) call.metadata = withContext(call.metadata, parent);
      return;
    }
    // What its maker put into the metadata comes from outside, a game client for example. On a second run it is our own.
    const given = parent === undefined && call.span === undefined ? contextOf(call.metadata) : undefined;
    call.span = this.#tracer.startSpan({
      name: call.meta.fullName.slice(1),
      kind: call.notify ? "producer" : "client",
      attributes: this.#attributes.of(call.meta),
      ...(parent && { parent }),
      ...(given && { links: [given] }),
    });
    if (call.span.isRecording) call.span.setAttribute("m3.target", call.targetService);
    call.metadata = withContext(call.metadata, call.span.context);
  }

  end({ span }: ObservedClientCall, error: M3Error | undefined): void {
    if (span !== undefined) endSpan(span, error);
  }
}

/**
 * Makes spans of calls that are served, from before any interceptor until they are answered. They are part of the caller's
 * trace when the caller is an app; what another client sends is only linked, for it must not decide what is recorded.
 */
export class ServerSpans implements CallObserver<ObservedServerCall> {
  readonly #tracer: Tracer;
  readonly #attributes = new MethodAttributes();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  begin(call: ObservedServerCall): void {
    const { meta, sourceApp } = call;
    if (!meta.trace) return;
    const sent = contextOf(call.metadata);
    call.span = this.#tracer.startSpan({
      name: meta.fullName.slice(1),
      kind: meta.notify ? "consumer" : "server",
      attributes: this.#attributes.of(meta),
      ...(sent && (sourceApp === "" ? { links: [sent] } : { parent: sent })),
    });
    if (sourceApp !== "" && call.span.isRecording) call.span.setAttribute("m3.source", sourceApp);
  }

  end({ span }: ObservedServerCall, error: M3Error | undefined): void {
    if (span !== undefined) endSpan(span, error);
  }
}

function endSpan(span: Span, error: M3Error | undefined): void {
  if (error !== undefined && span.isRecording) {
    span.setAttribute("rpc.response.status_code", codeName(error.code));
    span.setError(error);
  }
  span.end();
}

/** The attributes that all calls of a method have in common, made once. */
class MethodAttributes {
  readonly #known = new Map<MethodMeta, Attributes>();

  of(meta: MethodMeta): Attributes {
    let attributes = this.#known.get(meta);
    if (attributes === undefined) {
      attributes = {
        "rpc.system": "m3game",
        "rpc.service": meta.service.desc.typeName,
        "rpc.method": meta.desc.name,
      };
      this.#known.set(meta, attributes);
    }
    return attributes;
  }
}
