import type {
  Counter,
  Gauge,
  HistogramOptions,
  Logger,
  MetricOptions,
  Metrics,
  Observer,
  SummaryOptions,
} from "m3game";
import { Counter as PromCounter, Gauge as PromGauge, Registry, Summary } from "prom-client";
import { Histogram } from "./histogram.ts";
import { counterOf, type Declared, gaugeOf, observerOf } from "./instruments.ts";

type Kind = "counter" | "gauge" | "histogram" | "summary";

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const defaultQuantiles = [0.5, 0.9, 0.99];
/** A summary looks back this far, in seconds, in steps of a fifth of it. */
const summaryAgeSeconds = 600;

/** The metrics of one app: in a registry of prom-client's, histograms beside it. */
export class PromMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #app: string;
  readonly #log: Logger;
  readonly #known = {
    counter: new Map<string, { readonly declared: Declared; readonly metric: Counter }>(),
    gauge: new Map<string, { readonly declared: Declared; readonly metric: Gauge }>(),
    histogram: new Map<string, { readonly declared: Declared; readonly metric: Observer }>(),
    summary: new Map<string, { readonly declared: Declared; readonly metric: Observer }>(),
  };
  readonly #histograms: Histogram[] = [];
  readonly #listeners = new Set<() => void>();

  /** `app` becomes a label of every sample. */
  constructor(app: string, log: Logger) {
    this.#app = app;
    this.#log = log;
    this.#registry.setDefaultLabels({ app });
  }

  counter(options: MetricOptions): Counter {
    return this.#get("counter", this.#known.counter, options, (config, declared) =>
      counterOf(new PromCounter(config), declared),
    );
  }

  gauge(options: MetricOptions): Gauge {
    return this.#get("gauge", this.#known.gauge, options, (config, declared) =>
      gaugeOf(new PromGauge(config), declared),
    );
  }

  histogram(options: HistogramOptions): Observer {
    return this.#get("histogram", this.#known.histogram, options, (_config, declared) => {
      const histogram = new Histogram(options);
      this.#histograms.push(histogram);
      return observerOf(histogram, declared);
    });
  }

  summary(options: SummaryOptions): Observer {
    const percentiles = [...(options.quantiles ?? defaultQuantiles)];
    return this.#get("summary", this.#known.summary, options, (config, declared) =>
      observerOf(new Summary({ ...config, percentiles, maxAgeSeconds: summaryAgeSeconds, ageBuckets: 5 }), declared),
    );
  }

  onCollect(listener: () => void): Disposable {
    // The same function may be given twice.
    const own = () => listener();
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All samples in Prometheus's text format. */
  async text(): Promise<string> {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#log.error("a metric could not be collected", { error });
      }
    }
    const histograms = this.#histograms.map((histogram) => `${histogram.text({ app: this.#app })}\n`);
    return [await this.#registry.metrics(), ...histograms].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }

  #get<M>(
    kind: Kind,
    known: Map<string, { readonly declared: Declared; readonly metric: M }>,
    { name, help, labels = [] }: MetricOptions,
    make: (
      config: { name: string; help: string; labelNames: string[]; registers: Registry[] },
      declared: Declared,
    ) => M,
  ): M {
    const found = known.get(name);
    if (found !== undefined && String(found.declared.labels) === String(labels)) return found.metric;
    if (Object.values(this.#known).some((ofKind) => ofKind.has(name))) {
      throw new TypeError(`metric ${name} is there already, as another kind or with other labels than this ${kind}`);
    }
    if (!namePattern.test(name)) throw new TypeError(`"${name}" is no name of a metric: write snake_case`);
    const declared: Declared = { name, labels };
    const metric = make({ name, help: help || name, labelNames: [...labels], registers: [this.#registry] }, declared);
    known.set(name, { declared, metric });
    return metric;
  }
}
