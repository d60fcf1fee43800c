import { codeName } from "../meta/code.ts";
import type { M3Error } from "../meta/error.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Span, SpanOptions, Tracer } from "../plugin/trace.ts";
import type { CallObserver, ObservedClientCall, ObservedServerCall } from "./call-observer.ts";
import { sentContext, withContext } from "./span-context.ts";

/** Makes spans of calls on their way out, and sends the trace context along with every call that belongs to a trace. */
export class ClientSpans implements CallObserver<ObservedClientCall> {
  readonly #tracer: Tracer;
  readonly #methods = new MethodSpans();

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
    const isFirst = parent === undefined && call.span === undefined;
    const given = isFirst ? (call.linkedContext ?? sentContext(call.metadata)) : undefined;
    const { name, attributes } = this.#methods.of(call.meta);
    const links = given === undefined ? undefined : [given];
    const span = this.#tracer.startSpan({ name, kind: call.notify ? "producer" : "client", attributes, parent, links });
    if (span.isRecording) span.setAttribute("m3.target", call.targetService);
    call.span = span;
    call.metadata = withContext(call.metadata, span.context);
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
  readonly #methods = new MethodSpans();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  begin(call: ObservedServerCall): void {
    const { meta, sourceApp } = call;
    if (!meta.trace) return;
    const { name, attributes } = this.#methods.of(meta);
    const sent = sentContext(call.metadata);
    const isTrusted = sourceApp !== "";
    const parent = isTrusted ? sent : undefined;
    const links = isTrusted || sent === undefined ? undefined : [sent];
    const span = this.#tracer.startSpan({ name, kind: meta.notify ? "consumer" : "server", attributes, parent, links });
    if (isTrusted && span.isRecording) span.setAttribute("m3.source", sourceApp);
    call.span = span;
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

type MethodSpan = Pick<SpanOptions, "name" | "attributes">;

/** What the spans of a method have in common, made once. */
class MethodSpans {
  readonly #known = new Map<MethodMeta, MethodSpan>();

  of(meta: MethodMeta): MethodSpan {
    let known = this.#known.get(meta);
    if (known === undefined) {
      known = {
        name: meta.fullName.slice(1),
        attributes: {
          "rpc.system": "m3game",
          "rpc.service": meta.service.desc.typeName,
          "rpc.method": meta.desc.name,
        },
      };
      this.#known.set(meta, known);
    }
    return known;
  }
}
