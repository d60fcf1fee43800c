import type { Counter, Gauge, MetricLabels, Observer } from "m3game";
import type { Counter as PromCounter, Gauge as PromGauge, Summary } from "prom-client";
import type { Histogram } from "./histogram.ts";

/** How a metric was declared. */
export interface Declared {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Gives the series of a set of labels: those that were given, else the bound one. */
type Find<S> = (labels: MetricLabels | undefined) => S;

const noLabels: MetricLabels = {};

export function counterOf(metric: PromCounter, declared: Declared): Counter {
  const make = (find: Find<PromCounter.Internal>, bind: (labels: MetricLabels) => Counter): Counter => ({
    add(value = 1, labels) {
      const series = find(labels);
      if (value < 0) throw new RangeError(`counter ${declared.name} only grows: ${value} can't be added`);
      if (Number.isFinite(value)) series.inc(value);
    },
    with: bind,
  });
  return instrument(declared, (labels) => metric.labels(labels), make);
}

export function gaugeOf(metric: PromGauge, declared: Declared): Gauge {
  const make = (find: Find<PromGauge.Internal<string>>, bind: (labels: MetricLabels) => Gauge): Gauge => ({
    set(value, labels) {
      const series = find(labels);
      if (Number.isFinite(value)) series.set(value);
    },
    add(value, labels) {
      const series = find(labels);
      if (Number.isFinite(value)) series.inc(value);
    },
    with: bind,
  });
  return instrument(declared, (labels) => metric.labels(labels), make);
}

export function observerOf(metric: Histogram | Summary, declared: Declared): Observer {
  const make = (find: Find<{ observe(value: number): void }>, bind: (labels: MetricLabels) => Observer): Observer => ({
    observe(value, labels) {
      const series = find(labels);
      if (Number.isFinite(value)) series.observe(value);
    },
    with: bind,
  });
  return instrument(declared, (labels) => metric.labels(labels), make);
}

/** `make` gets how its series is found, and how it is made for one set of labels. */
function instrument<S, I>(
  declared: Declared,
  seriesOf: (labels: MetricLabels) => S,
  make: (find: Find<S>, bind: (labels: MetricLabels) => I) => I,
): I {
  const find = (labels: MetricLabels = noLabels) => seriesOf(checked(declared, labels));
  const bind = (labels: MetricLabels): I => {
    const own = find(labels);
    return make((other) => (other === undefined ? own : find(other)), bind);
  };
  return declared.labels.length === 0 ? bind(noLabels) : make(find, bind);
}

// prom-client lets labels be missing.
function checked({ name, labels }: Declared, given: MetricLabels): MetricLabels {
  if (Object.keys(given).length === labels.length && labels.every((label) => given[label] !== undefined)) return given;
  throw new TypeError(
    `metric ${name} has ${labels.length === 0 ? "no labels" : `the labels ${labels.join(", ")}`}; ` +
      `it was given ${Object.keys(given).join(", ") || "none"}`,
  );
}
