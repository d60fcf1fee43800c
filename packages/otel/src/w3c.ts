import { createTraceState, type SpanContext as OtelContext } from "@opentelemetry/api";
import type { SpanContext } from "m3game";

// All zeros are no ids, ff is no version.
const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

/** A context in OpenTelemetry's form, undefined when its text is none. */
export function fromSpanContext({ traceparent, tracestate }: SpanContext): OtelContext | undefined {
  const [, , traceId, spanId, flags] = pattern.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return {
    ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true },
    ...(tracestate !== "" && { traceState: createTraceState(tracestate) }),
  };
}
