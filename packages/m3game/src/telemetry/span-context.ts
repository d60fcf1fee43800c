import type { Metadata } from "../meta/metadata.ts";
import type { SpanContext } from "../plugin/trace.ts";

const parentKey = "traceparent";
const stateKey = "tracestate";

// Version 00 has exactly these parts; a later one may have more. All zeros are no ids, ff is no version.
const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;

/** The W3C trace context that came with a call, undefined when there is none or it is malformed. */
export function contextOf(metadata: Metadata): SpanContext | undefined {
  const traceparent = metadata.get(parentKey);
  if (traceparent === undefined || !pattern.test(traceparent)) return undefined;
  if (traceparent.length > 55 && traceparent.startsWith("00")) return undefined;
  return { traceparent, tracestate: metadata.get(stateKey) ?? "" };
}

/** The metadata with another trace context. */
export function withContext(metadata: Metadata, { traceparent, tracestate }: SpanContext): Metadata {
  const all = new Map(metadata);
  all.set(parentKey, traceparent);
  if (tracestate === "") all.delete(stateKey);
  else all.set(stateKey, tracestate);
  return all;
}

/** What a log line says of the span that it was written in. */
export function spanFields({ traceparent }: SpanContext): { readonly trace_id: string; readonly span_id: string } {
  return { trace_id: traceparent.slice(3, 35), span_id: traceparent.slice(36, 52) };
}
