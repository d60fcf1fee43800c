export { traceStdout, traceStdout as default } from "./trace-stdout.ts";
