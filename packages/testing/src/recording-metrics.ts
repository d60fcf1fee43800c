import {
  type Counter,
  definePlugin,
  type Gauge,
  type HistogramOptions,
  type MetricLabels,
  type MetricOptions,
  type Metrics,
  type Observer,
  type PluginContext,
  type PluginDefinition,
  type SummaryOptions,
} from "m3game";
import { z } from "zod";
import { type MetricSample, sampleValue } from "./metric-sample.ts";

type Kind = "counter" | "gauge" | "histogram" | "summary";
type AnyOptions = MetricOptions & Partial<HistogramOptions> & SummaryOptions;

const defaultQuantiles = [0.5, 0.9, 0.99];

/** Metrics in memory, to look at in a test. Start apps with `plugins: [metrics.plugin]` and `config: metrics.config`. */
export class RecordingMetrics implements Metrics {
  readonly plugin: PluginDefinition = definePlugin({
    kind: "metric",
    name: "metric_recording",
    config: z.object({}),
    create: (_config, { log }) => {
      this.#log = log;
      return this;
    },
  });
  readonly config = "[[Plugin.Metric.metric_recording]]\n";
  readonly #metrics = new Map<string, RecordedMetric>();
  readonly #listeners = new Set<() => void>();
  #log: PluginContext["log"] | undefined;

  constructor(log?: PluginContext["log"]) {
    this.#log = log;
  }

  counter(options: MetricOptions): Counter {
    return this.#metric("counter", options).counter({});
  }

  gauge(options: MetricOptions): Gauge {
    return this.#metric("gauge", options).gauge({});
  }

  histogram(options: HistogramOptions): Observer {
    return this.#metric("histogram", options).observer({});
  }

  summary(options: SummaryOptions): Observer {
    return this.#metric("summary", options).observer({});
  }

  onCollect(listener: () => void): Disposable {
    const own = () => listener();
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  /** All values as they are now. */
  samples(): readonly MetricSample[] {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#log?.error("a metric could not be collected", { error });
      }
    }
    return [...this.#metrics.values()].flatMap((metric) => metric.samples());
  }

  /** The value with this name and at least these labels, undefined when there is none. */
  value(name: string, labels?: MetricLabels): number | undefined {
    return sampleValue(this.samples(), name, labels);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }

  #metric(kind: Kind, options: AnyOptions): RecordedMetric {
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(options.name)) throw new TypeError(`${options.name} is no name of a metric`);
    const known = this.#metrics.get(options.name);
    const metric = known ?? new RecordedMetric(kind, options);
    if (!metric.is(kind, options)) throw new TypeError(`metric ${options.name} is there already, and another one`);
    this.#metrics.set(options.name, metric);
    return metric;
  }
}

interface Series {
  readonly labels: MetricLabels;
  readonly values: number[];
}

/** One metric with all that was recorded of it. */
class RecordedMetric {
  readonly #kind: Kind;
  readonly #options: AnyOptions;
  readonly #series = new Map<string, Series>();

  constructor(kind: Kind, options: AnyOptions) {
    this.#kind = kind;
    this.#options = options;
    if ((options.labels ?? []).length === 0) this.#of({});
  }

  is(kind: Kind, { labels = [] }: MetricOptions): boolean {
    return kind === this.#kind && String(labels) === String(this.#options.labels ?? []);
  }

  counter(bound: MetricLabels): Counter {
    return {
      add: (value = 1, labels) => {
        if (value < 0) throw new RangeError(`counter ${this.#options.name} can't go down by ${-value}`);
        this.#record(labels ?? bound, value);
      },
      with: (labels) => this.counter(this.#checked(labels)),
    };
  }

  gauge(bound: MetricLabels): Gauge {
    return {
      set: (value, labels) => void this.#of(labels ?? bound).values.splice(0, Number.POSITIVE_INFINITY, value),
      add: (value, labels) => this.#record(labels ?? bound, value),
      with: (labels) => this.gauge(this.#checked(labels)),
    };
  }

  observer(bound: MetricLabels): Observer {
    return {
      observe: (value, labels) => this.#record(labels ?? bound, value),
      with: (labels) => this.observer(this.#checked(labels)),
    };
  }

  samples(): readonly MetricSample[] {
    return [...this.#series.values()].flatMap((series) => this.#samplesOf(series));
  }

  #samplesOf({ labels, values }: Series): readonly MetricSample[] {
    const { name, buckets = [], quantiles = defaultQuantiles } = this.#options;
    const sum = values.reduce((total, value) => total + value, 0);
    if (this.#kind === "counter" || this.#kind === "gauge") return [{ name, labels, value: sum }];
    const bounds = [...buckets, Number.POSITIVE_INFINITY];
    const sorted = values.toSorted((a, b) => a - b);
    const parts =
      this.#kind === "histogram"
        ? bounds.map((bound) => ({
            name: `${name}_bucket`,
            labels: { ...labels, le: bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound) },
            value: values.filter((value) => value <= bound).length,
          }))
        : quantiles.map((quantile) => ({
            name,
            labels: { ...labels, quantile: String(quantile) },
            value: sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? 0,
          }));
    return [
      ...parts,
      { name: `${name}_sum`, labels, value: sum },
      { name: `${name}_count`, labels, value: values.length },
    ];
  }

  #record(labels: MetricLabels, value: number): void {
    const { values } = this.#of(labels);
    if (Number.isFinite(value)) values.push(value);
  }

  #of(labels: MetricLabels): Series {
    const key = JSON.stringify((this.#options.labels ?? []).map((name) => this.#checked(labels)[name]));
    const series = this.#series.get(key) ?? { labels, values: [] };
    this.#series.set(key, series);
    return series;
  }

  #checked(labels: MetricLabels): MetricLabels {
    const declared = this.#options.labels ?? [];
    if (Object.keys(labels).length !== declared.length || declared.some((name) => labels[name] === undefined)) {
      throw new TypeError(`metric ${this.#options.name} has the labels ${declared.join(", ") || "(none)"}`);
    }
    return labels;
  }
}
