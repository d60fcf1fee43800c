import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";

type HrTime = ReadableSpan["startTime"];
type OnResult = Parameters<SpanExporter["export"]>[1];

/** Takes text, as `process.stdout` does. */
export interface Output {
  write(text: string, onWritten: (error?: Error | null) => void): unknown;
}

// SpanKind of OpenTelemetry's API, whose package is only a dependency of the SDK.
const kinds = ["internal", "server", "client", "producer", "consumer"] as const;
const errorStatus = 2;

/** Writes each span as one line of JSON. */
export class StdoutExporter implements SpanExporter {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  export(spans: ReadableSpan[], onResult: OnResult): void {
    const text = spans.map((span) => `${JSON.stringify(toLine(span))}\n`).join("");
    // A batch at a time, so that a slow reader costs spans and not memory.
    this.#output.write(text, (error) => onResult(error ? { code: 1, error } : { code: 0 }));
  }

  async shutdown(): Promise<void> {}
}

/** Ids are named as in log lines. */
function toLine(span: ReadableSpan): object {
  const { traceId, spanId } = span.spanContext();
  const { status, links, attributes } = span;
  return {
    time: new Date(milliseconds(span.startTime)).toISOString(),
    span: span.name,
    kind: kinds[span.kind],
    ms: milliseconds(span.duration),
    app: span.resource.attributes["service.instance.id"],
    trace_id: traceId,
    span_id: spanId,
    ...(span.parentSpanContext && { parent_id: span.parentSpanContext.spanId }),
    ...(status.code === errorStatus && { error: status.message ?? "" }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...(links.length > 0 && { links: links.map(({ context }) => `${context.traceId}-${context.spanId}`) }),
  };
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
