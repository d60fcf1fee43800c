import type { Counter, Gauge, Meter, Observer } from "./metric.ts";

const nothing = () => {};
const counter: Counter = { add: nothing, with: () => counter };
const gauge: Gauge = { set: nothing, add: nothing, with: () => gauge };
const observer: Observer = { observe: nothing, with: () => observer };

/** Counts nothing: what an app without a metric plugin has. */
export const noMetrics: Meter = {
  counter: () => counter,
  gauge: () => gauge,
  histogram: () => observer,
  summary: () => observer,
};
