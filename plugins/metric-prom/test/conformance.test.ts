import { metricProm } from "@m3game/metric-prom";
import { runMetricConformance } from "@m3game/testing";
import type { Metrics, PluginContext } from "m3game";
import { readSamples } from "./support/start-metrics.ts";

const urls = new WeakMap<Metrics, string>();

runMetricConformance({
  name: "metric_prom",
  create: async (context) => {
    const metrics = await metricProm.create(metricProm.config.parse({}), listening(context));
    urls.set(metrics, url);
    return metrics;
  },
  read: (metrics) => readSamples(urls.get(metrics) ?? ""),
});

let url = "";

/** The context, with an ear for where the metrics are served. */
function listening(context: PluginContext): PluginContext {
  return {
    ...context,
    log: { ...context.log, info: (_message, fields) => void (url = `http://${String(fields?.endpoint)}`) },
  };
}
