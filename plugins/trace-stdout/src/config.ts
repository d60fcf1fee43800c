import { z } from "zod";

/** The section `[[Plugin.Trace.trace_stdout]]`. */
export const traceStdoutConfig = z.object({
  /** The share of new traces that is recorded, 0 to 1. What belongs to a trace follows its first span. */
  Ratio: z.number().min(0).max(1).default(1),
  /** Spans that may wait for a slow reader; further ones are dropped. */
  QueueSize: z.int().min(1).max(1_000_000).default(2048),
});
