export { traceOtlp, traceOtlp as default } from "./trace-otlp.ts";
