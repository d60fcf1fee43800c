import { metricProm } from "@m3game/metric-prom";
import { createPluginContext, type MetricSample, type TestPluginContext } from "@m3game/testing";
import type { Metrics } from "m3game";
import { onTestFinished } from "vitest";
import { parsePrometheusText } from "./prometheus-text.ts";

/** Where the metrics that were started with this context are served. */
export function endpointOf(context: TestPluginContext): string {
  const line = context.lines.find(({ message }) => message === "metrics");
  return `http://${String(line?.fields.endpoint)}`;
}

export async function readSamples(url: string): Promise<readonly MetricSample[]> {
  const answer = await fetch(`${url}/metrics`);
  return parsePrometheusText(await answer.text());
}

export interface StartedMetrics {
  readonly metrics: Metrics;
  readonly context: TestPluginContext;
  readonly url: string;
}

/** Starts the plugin for the rest of the test. */
export async function startMetrics(section: object = {}, app = "test.world1.club.1"): Promise<StartedMetrics> {
  const context = createPluginContext(app);
  const metrics = await metricProm.create(metricProm.config.parse(section), context);
  onTestFinished(() => metrics[Symbol.asyncDispose]());
  return { metrics, context, url: endpointOf(context) };
}
