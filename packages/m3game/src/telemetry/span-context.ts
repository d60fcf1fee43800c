import type { Metadata } from "../meta/metadata.ts";
import type { SpanContext } from "../plugin/trace.ts";

const parentKey = "traceparent";
const stateKey = "tracestate";

/** True for the metadata keys in which a trace context travels. */
export function isTraceKey(key: string): boolean {
  return key === parentKey || key === stateKey;
}

// Version 00 has exactly these parts; a later one may have more. All zeros are no ids, ff is no version.
const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;

/** The W3C trace context that came with a call, undefined when there is none or it is malformed. */
export function contextOf(metadata: Metadata): SpanContext | undefined {
  const context = sentContext(metadata);
  if (context === undefined || !pattern.test(context.traceparent)) return undefined;
  return context.traceparent.length > 55 && context.traceparent.startsWith("00") ? undefined : context;
}

/** The same as it came, for a tracer: that looks itself whether it is malformed. */
export function sentContext(metadata: Metadata): SpanContext | undefined {
  const traceparent = metadata.get(parentKey);
  return traceparent === undefined ? undefined : { traceparent, tracestate: metadata.get(stateKey) ?? "" };
}

/** The metadata with another trace context. */
export function withContext(metadata: Metadata, { traceparent, tracestate }: SpanContext): Metadata {
  const all = metadata.size === 0 ? new Map<string, string>() : new Map(metadata);
  all.set(parentKey, traceparent);
  if (tracestate !== "") all.set(stateKey, tracestate);
  else if (all.size > 1) all.delete(stateKey);
  return all;
}

/** What a log line says of the span that it was written in. */
export function spanFields({ traceparent }: SpanContext): { readonly trace_id: string; readonly span_id: string } {
  return { trace_id: traceparent.slice(3, 35), span_id: traceparent.slice(36, 52) };
}
