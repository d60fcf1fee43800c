import type { Clock } from "../meta/clock.ts";
import type { Metrics } from "../plugin/metric.ts";

/** What is not saved yet. */
interface Backlog {
  readonly entities: number;
  readonly bytes: number;
  /** The age of the oldest change, in milliseconds. */
  readonly oldestMs: number;
}

/** What an app has to show beside its calls. */
export interface Gauges {
  /** How many actors are in memory, by their kinds; undefined without a server of actors. */
  readonly actors: (() => readonly (readonly [kind: string, actors: number])[]) | undefined;
  readonly backlog: (() => Backlog) | undefined;
  /** Until when the session with the lease store lasts, on the clock; undefined without a lease plugin. */
  readonly leaseDeadline: (() => number) | undefined;
}

/** Shows them whenever the metrics are collected, until the result is disposed. */
export function showGauges(metrics: Metrics, clock: Clock, { actors, backlog, leaseDeadline }: Gauges): Disposable {
  const stack = new DisposableStack();
  if (actors !== undefined) {
    const gauge = metrics.gauge({ name: "m3_actors", help: "Actors in memory", labels: ["kind"] });
    stack.use(
      metrics.onCollect(() => {
        for (const [kind, size] of actors()) gauge.set(size, { kind });
      }),
    );
  }
  if (backlog !== undefined) {
    const waiting = metrics.gauge({
      name: "m3_save_backlog_entities",
      help: "Changed entities that are not saved yet",
    });
    const size = metrics.gauge({
      name: "m3_save_backlog_bytes",
      help: "How much of them waits to be written, encoded",
    });
    const age = metrics.gauge({ name: "m3_save_backlog_age_seconds", help: "How long the oldest of them waits" });
    stack.use(
      metrics.onCollect(() => {
        const { entities, bytes, oldestMs } = backlog();
        waiting.set(entities);
        size.set(bytes);
        age.set(oldestMs / 1000);
      }),
    );
  }
  if (leaseDeadline !== undefined) {
    const left = metrics.gauge({
      name: "m3_lease_remaining_seconds",
      help: "How long this app still owns what it owns, without another renewal; 0 once its session is lost",
    });
    stack.use(metrics.onCollect(() => left.set(Math.max(0, (leaseDeadline() - clock.now()) / 1000))));
  }
  return stack;
}
