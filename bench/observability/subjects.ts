import { join } from "node:path";
import { logPino } from "@m3game/log-pino";
import { metricProm } from "@m3game/metric-prom";
import { shapeSentinel } from "@m3game/shape-sentinel";
import { traceOtlp } from "@m3game/trace-otlp";
import { transTcp } from "@m3game/trans-tcp";
import type { PluginDefinition } from "m3game";
import type { Services, Subject } from "../harness/subject.ts";
import { m3gameSubject } from "../rpc/m3game.ts";

/** One thing that can be on: a plugin and its section. */
interface Part {
  readonly plugin: PluginDefinition;
  readonly config: (services: Services) => string;
}

export const metrics: Part = { plugin: metricProm, config: () => "[[Plugin.Metric.metric_prom]]\n" };

/** `ratio`: the share of traces that is recorded. */
export function traces(ratio: number): Part {
  return {
    plugin: traceOtlp,
    config: ({ otlp }) => `[[Plugin.Trace.trace_otlp]]\nHost = "${otlp}"\nRatio = ${ratio}\n`,
  };
}

export const log: Part = {
  plugin: logPino,
  config: () => '[[Plugin.Log.log_pino]]\nLogLevel = "INFO"\nFile = "/dev/null"\n',
};

const rules = JSON.stringify(join(import.meta.dirname, "rules.toml"));

export const rule: Part = {
  plugin: shapeSentinel,
  config: () => `[[Options.Shape]]\nRuleConfigFile = ${rules}\n[[Plugin.Shape.shape_sentinel]]\n`,
};

/** A small call over trans_tcp with some parts on at both sides; of `tracedEach` calls one is of a method that makes spans. */
export function observedSubject(on: readonly Part[], tracedEach = 100): Subject {
  return m3gameSubject(transTcp, {
    tracedEach,
    plugins: on.map(({ plugin }) => plugin),
    config: (services) => on.map(({ config }) => config(services)).join(""),
  });
}
