import { OtelTracer } from "@m3game/otel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { definePlugin } from "m3game";
import { otlpUrl, traceOtlpConfig } from "./config.ts";

/** Batches under way at once; beyond it they are dropped. */
const concurrencyLimit = 4;

/**
 * Spans over OTLP/HTTP, `[[Plugin.Trace.trace_otlp]]`: what Jaeger, Tempo, the OpenTelemetry collector and others take. The app
 * starts and serves whether the receiver is there or not. A config may call it `trace_jaeger` as well.
 */
export const traceOtlp = definePlugin({
  kind: "trace",
  name: "trace_otlp",
  aliases: ["trace_jaeger"],
  config: traceOtlpConfig,
  create: ({ Host, Ratio, QueueSize, DelayMs, TimeoutMs, FlushMs, Authorization }, context) =>
    new OtelTracer(context, {
      exporter: new OTLPTraceExporter({
        url: otlpUrl(Host) ?? Host,
        headers: Authorization === undefined ? {} : { authorization: Authorization },
        timeoutMillis: TimeoutMs,
        concurrencyLimit,
      }),
      ...{ ratio: Ratio, queueSize: QueueSize, delayMs: DelayMs, timeoutMs: TimeoutMs, flushMs: FlushMs },
    }),
});
