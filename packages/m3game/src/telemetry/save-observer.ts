import type { Clock } from "../meta/clock.ts";
import type { DbGroup, DbWriteResult } from "../plugin/db.ts";
import type { Counter, Metrics, Observer } from "../plugin/metric.ts";
import type { SpanContext, Tracer } from "../plugin/trace.ts";
import { durationBuckets } from "./buckets.ts";

type Results = readonly (readonly DbWriteResult[])[];

/** How many writes ended how. Shown from the start: a rate of what has never happened is 0, and not absent. */
const none: Readonly<Record<DbWriteResult["status"], number>> = { written: 0, refused: 0, failed: 0 };

/** Looks at the writes to the store. */
export class SaveObserver {
  readonly #clock: Clock;
  readonly #tracer: Tracer | undefined;
  readonly #durations: Observer | undefined;
  readonly #entities: Counter | undefined;

  constructor(clock: Clock, metrics: Metrics | undefined, tracer: Tracer | undefined) {
    this.#clock = clock;
    this.#tracer = tracer;
    this.#durations = metrics?.histogram({
      name: "m3_save_duration_seconds",
      help: "How long the store took for one batch of changed entities",
      buckets: durationBuckets,
    });
    this.#entities = metrics?.counter({
      name: "m3_save_entities_total",
      help: "Entities given to the store, by what became of them",
      labels: ["result"],
    });
    for (const result of Object.keys(none)) this.#entities?.add(0, { result });
  }

  /** A batch leaves, for a call of `parent` or in the background. What this returns is to be called once with its results. */
  begin(groups: readonly DbGroup[], parent: SpanContext | undefined): (results: Results) => void {
    const since = this.#clock.now();
    const span = this.#tracer?.startSpan({ name: "m3.save", kind: "client", ...(parent && { parent }) });
    if (span?.isRecording) {
      span.setAttribute(
        "m3.entities",
        groups.reduce((sum, { writes }) => sum + writes.length, 0),
      );
    }
    return (results) => {
      this.#durations?.observe((this.#clock.now() - since) / 1000);
      const byStatus = { ...none };
      for (const result of results.flat()) {
        byStatus[result.status]++;
        if (result.status === "failed") span?.setError(result.error);
      }
      for (const [result, entities] of Object.entries(byStatus))
        if (entities > 0) this.#entities?.add(entities, { result });
      span?.end();
    };
  }
}
