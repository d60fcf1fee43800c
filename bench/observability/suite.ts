import { measurePair } from "../harness/pair.ts";
import { labelRatio } from "../harness/ratios.ts";
import type { Row, Target } from "../harness/result.ts";
import type { Case, Suite } from "../harness/suite.ts";
import { startOtlpSink } from "./otlp-sink.ts";

const inFlight = 256;
const minShare = 0.8;
const names = ["off", "metrics", "traced-calls", "sampled-traces", "log", "rule", "all", "all-sampled"] as const;

/** What it costs to see what an app does. */
export const suite: Suite = {
  name: "observability",
  note: [
    "One small call between two processes over trans_tcp; what is on is on at both sides.",
    "metrics: metric_prom. log: log_pino at INFO; the handler logs nothing. rule: shape_sentinel with one flow rule on the method.",
    "traced-calls: trace_otlp, 1 call in 100 is of a method that makes spans, and all of those are recorded.",
    "sampled-traces: every call is of such a method, and 1 trace in 100 is recorded; the context travels with all of them.",
    "all: metrics, traced-calls, log and rule. all-sampled: sampled-traces instead. Spans go to a receiver in a third process.",
  ].join("\n"),
  cases: () => names.map(observedCase),
  ratios: (rows) => {
    const entries = names.slice(1).flatMap((name) => {
      const share = shareOf(rows, name);
      const cpu = labelRatio(rows, ({ cpuUsPerOp }) => cpuUsPerOp, `off@${inFlight}`, `${name}@${inFlight}`);
      if (share === undefined || cpu === undefined) return [];
      return [[`${name}/off@${inFlight}`, share] as const, [`cpu:off/${name}@${inFlight}`, cpu] as const];
    });
    return Object.fromEntries(entries);
  },
  targets: (rows): readonly Target[] =>
    (["all", "all-sampled"] as const).flatMap((name) => {
      const share = shareOf(rows, name);
      if (share === undefined) return [];
      const text = `${name} makes at least ${minShare} of the calls that off makes`;
      return [{ text, measured: share.toFixed(2), met: share >= minShare }];
    }),
};

function observedCase(name: (typeof names)[number]): Case {
  const subject = new URL(`${name}.ts`, import.meta.url);
  return {
    name,
    params: { inFlight },
    run: async ({ measureMs, services }) => {
      await using sink = await startOtlpSink();
      return await measurePair({
        ...{ subject, inFlight, measureMs, warmupMs: 6000, warmupInFlight: 64 },
        services: { ...services, otlp: sink.address },
      });
    },
  };
}

function shareOf(rows: readonly Row[], name: string): number | undefined {
  return labelRatio(rows, ({ opsPerSec }) => opsPerSec, `${name}@${inFlight}`, `off@${inFlight}`);
}
