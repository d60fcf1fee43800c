/** Label names and their values. Each combination is a time series of its own: never put player ids into one. */
export type MetricLabels = Readonly<Record<string, string>>;

/** What a metric is called, and what it says. */
export interface MetricOptions {
  /** `snake_case`, with the unit at its end: `rpc_duration_seconds`. */
  readonly name: string;
  /** What it counts or measures, in words. */
  readonly help: string;
  /** The label names that every sample has. @default none */
  readonly labels?: readonly string[];
}

/** A metric that counts samples in buckets. */
export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

/** A metric that keeps quantiles of its samples. */
export interface SummaryOptions extends MetricOptions {
  /** Which quantiles are shown, 0 to 1. @default 0.5, 0.9, 0.99 */
  readonly quantiles?: readonly number[];
}

/** Only ever grows. */
export interface Counter {
  /** Throws RangeError for a negative value. @default 1 */
  add(value?: number, labels?: MetricLabels): void;
  /** The same for one set of labels, looked up once: for what runs often. Throws TypeError for other labels than declared. */
  with(labels: MetricLabels): Counter;
}

/** Goes up and down. */
export interface Gauge {
  /** Shows this value from now on. */
  set(value: number, labels?: MetricLabels): void;
  /** Shows so much more; less for a negative value. */
  add(value: number, labels?: MetricLabels): void;
  /** See `Counter.with`. */
  with(labels: MetricLabels): Gauge;
}

/** Counts samples in buckets (histogram) or keeps quantiles of them (summary). */
export interface Observer {
  /** Takes one sample, in the unit that the name of the metric ends with. */
  observe(value: number, labels?: MetricLabels): void;
  /** See `Counter.with`. */
  with(labels: MetricLabels): Observer;
}

/**
 * Makes metrics. Recording is synchronous, never waits and never throws for a correct label set; another one throws
 * TypeError. Asking again for a name gives the same metric; with another kind or other labels it throws TypeError, as for
 * a malformed name.
 */
export interface Meter {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: HistogramOptions): Observer;
  summary(options: SummaryOptions): Observer;
}

/** Statistics of one app. */
export interface Metrics extends Meter, AsyncDisposable {
  /**
   * Runs `listener` each time before the metrics are shown or sent: for gauges whose value costs something. What it throws
   * is logged. Disposing ends it.
   */
  onCollect(listener: () => void): Disposable;
}
