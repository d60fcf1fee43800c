import type { Clock } from "../meta/clock.ts";
import type { Metrics } from "../plugin/metric.ts";
import type { Tracer } from "../plugin/trace.ts";
import { Telemetry } from "../telemetry/telemetry.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface StartTelemetryOptions {
  readonly metrics: Metrics | undefined;
  readonly tracer: Tracer | undefined;
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
}

/** Begins to look at what the runtime does. */
export function startTelemetry({ lifecycle, ...options }: StartTelemetryOptions): Promise<Telemetry> {
  return lifecycle.step(
    "TELEMETRY",
    async () => new Telemetry(options),
    async (telemetry) => telemetry[Symbol.dispose](),
  );
}
