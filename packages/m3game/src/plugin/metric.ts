/** Label names and their values. Each combination is a time series of its own: never put player ids into one. */
export type MetricLabels = Readonly<Record<string, string>>;

export interface MetricOptions {
  /** `snake_case`, with the unit at its end: `rpc_duration_seconds`. */
  readonly name: string;
  readonly help: string;
  /** The label names that every sample has. @default none */
  readonly labels?: readonly string[];
}

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

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
  set(value: number, labels?: MetricLabels): void;
  add(value: number, labels?: MetricLabels): void;
  /** See `Counter.with`. */
  with(labels: MetricLabels): Gauge;
}

/** Counts samples in buckets (histogram) or keeps quantiles of them (summary). */
export interface Observer {
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
