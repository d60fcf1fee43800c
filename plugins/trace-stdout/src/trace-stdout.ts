import { OtelTracer } from "@m3game/otel";
import { definePlugin } from "m3game";
import { traceStdoutConfig } from "./config.ts";
import { StdoutExporter } from "./stdout-exporter.ts";

const delayMs = 200;
const timeoutMs = 5000;

/** Spans as lines of JSON on standard output, `[[Plugin.Trace.trace_stdout]]`: for development. */
export const traceStdout = definePlugin({
  kind: "trace",
  name: "trace_stdout",
  config: traceStdoutConfig,
  create: ({ Ratio, QueueSize }, context) =>
    new OtelTracer(context, {
      ...{ exporter: new StdoutExporter(process.stdout), ratio: Ratio, queueSize: QueueSize },
      ...{ delayMs, timeoutMs, flushMs: timeoutMs },
    }),
});
