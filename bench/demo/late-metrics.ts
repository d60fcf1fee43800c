import { definePlugin, type Metrics, noMetrics, type Observer } from "m3game";
import { z } from "zod";
import type { LatencyRecorder } from "../harness/recorder.ts";

/** Takes from the metrics of a fight app how late ticks were. */
export class LateMetrics {
  /** What came since; undefined: nothing is kept. */
  recorder: LatencyRecorder | undefined;
  readonly plugin = definePlugin({
    kind: "metric",
    name: "metric_late",
    config: z.object({}),
    create: () => this.#metrics(),
  });

  #metrics(): Metrics {
    const observer: Observer = {
      observe: (seconds) => this.recorder?.record(seconds * 1000),
      with: () => observer,
    };
    return {
      ...noMetrics,
      summary: (options) => (options.name === "fight_tick_late_seconds" ? observer : noMetrics.summary(options)),
      onCollect: () => ({ [Symbol.dispose]() {} }),
      async [Symbol.asyncDispose]() {},
    };
  }
}
