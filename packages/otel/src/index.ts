export { OtelTracer, type OtelTracerOptions } from "./otel-tracer.ts";
