import { codeName } from "../meta/code.ts";
import type { M3Error } from "../meta/error.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Counter, Gauge, Metrics, Observer } from "../plugin/metric.ts";
import { durationBuckets } from "./buckets.ts";
import type { CallObserver, ObservedCall } from "./call-observer.ts";

/** The number that gRPC has for success. */
const ok = 0;
/** A name that no proto file can give: methods that callers invent must not become time series. */
const unknownMethod = "unknown";

/** Counts and times the calls of one side of an app, by method. */
export class CallMetrics implements CallObserver<ObservedCall>, Disposable {
  readonly #side: "client" | "server";
  readonly #calls: Counter;
  readonly #durations: Observer;
  readonly #inFlightGauge: Gauge;
  readonly #methods = new Map<MethodMeta | undefined, MethodMetrics>();
  readonly #collecting: Disposable;
  #inFlight = 0;

  constructor(metrics: Metrics, side: "client" | "server") {
    this.#side = side;
    this.#calls = metrics.counter({
      name: "m3_rpc_calls_total",
      help: "Calls that ended, or were refused, by the code that they ended with",
      labels: ["side", "method", "code"],
    });
    this.#durations = metrics.histogram({
      name: "m3_rpc_duration_seconds",
      help: "How long calls took: on the client side with routing and retries, on the server side with waiting for an actor",
      labels: ["side", "method"],
      buckets: durationBuckets,
    });
    this.#inFlightGauge = metrics
      .gauge({ name: "m3_rpc_in_flight", help: "Calls under way", labels: ["side"] })
      .with({ side });
    this.#collecting = metrics.onCollect(() => this.#collect());
  }

  begin(): void {
    this.#inFlight++;
  }

  end(call: ObservedCall, error: M3Error | undefined, tookMs: number): void {
    this.#inFlight--;
    this.#of(call.meta).ended(error?.code ?? ok, tookMs / 1000);
  }

  refused(meta: MethodMeta | undefined, error: M3Error): void {
    this.#of(meta).count(error.code);
  }

  [Symbol.dispose](): void {
    this.#collecting[Symbol.dispose]();
  }

  #of(meta: MethodMeta | undefined): MethodMetrics {
    let metrics = this.#methods.get(meta);
    if (metrics === undefined) {
      const labels = { side: this.#side, method: meta?.fullName ?? unknownMethod };
      metrics = new MethodMetrics(this.#calls, labels, this.#durations.with(labels));
      this.#methods.set(meta, metrics);
    }
    return metrics;
  }

  #collect(): void {
    this.#inFlightGauge.set(this.#inFlight);
    for (const method of this.#methods.values()) method.collect();
  }
}

interface MethodLabels {
  readonly [label: string]: string;
  readonly side: "client" | "server";
  readonly method: string;
}

/** One method's calls. They are counted in plain numbers, and given to the counter when somebody looks. */
class MethodMetrics {
  readonly #counter: Counter;
  readonly #labels: MethodLabels;
  readonly #durations: Observer;
  readonly #byCode: number[] = [];

  constructor(counter: Counter, labels: MethodLabels, durations: Observer) {
    this.#counter = counter;
    this.#labels = labels;
    this.#durations = durations;
  }

  ended(code: number, seconds: number): void {
    this.count(code);
    this.#durations.observe(seconds);
  }

  count(code: number): void {
    this.#byCode[code] = (this.#byCode[code] ?? 0) + 1;
  }

  collect(): void {
    for (const [code, calls = 0] of this.#byCode.entries()) {
      if (calls === 0) continue;
      this.#counter.add(calls, { ...this.#labels, code: code === ok ? "OK" : codeName(code) });
      this.#byCode[code] = 0;
    }
  }
}
