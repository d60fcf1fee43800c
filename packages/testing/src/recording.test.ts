import { runMetricConformance } from "./metric-conformance.ts";
import { RecordingMetrics } from "./recording-metrics.ts";
import { RecordingTracer } from "./recording-tracer.ts";
import type { DeliveredSpan } from "./trace-conformance.ts";
import { runTraceConformance } from "./trace-conformance.ts";

runMetricConformance({
  name: "RecordingMetrics",
  create: ({ log }) => new RecordingMetrics(log),
  read: (metrics) => (metrics instanceof RecordingMetrics ? metrics.samples() : []),
});

const tracers: RecordingTracer[] = [];

runTraceConformance({
  name: "RecordingTracer",
  create: (_context, ratio) => {
    const tracer = new RecordingTracer(ratio);
    tracers.push(tracer);
    return tracer;
  },
  delivered: () =>
    tracers.splice(0).flatMap(({ spans }) =>
      spans
        .filter(({ isEnded }) => isEnded)
        .map(
          ({ context, parent, links = [], name, kind, attributes, hasFailed }): DeliveredSpan => ({
            traceId: context.traceparent.slice(3, 35),
            spanId: context.traceparent.slice(36, 52),
            parentSpanId: parent?.traceparent.slice(36, 52) ?? "",
            ...{ name, kind, attributes, isError: hasFailed },
            links: links.map(({ traceparent }) => traceparent.slice(3, 52)),
          }),
        ),
    ),
});
