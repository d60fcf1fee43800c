import { labelRatio } from "../harness/ratios.ts";
import type { Row, Target } from "../harness/result.ts";
import { measureSolo } from "../harness/solo.ts";
import type { Case, Suite } from "../harness/suite.ts";
import { startOtlpSink } from "./otlp-sink.ts";

const minShare = 0.8;

/** Names of cases, and what measures them. */
const cases = {
  off: "off",
  metrics: "onlyMetrics",
  "traced-calls": "tracedCalls",
  "sampled-traces": "sampledTraces",
  log: "onlyLog",
  rule: "onlyRule",
  all: "all",
  "all-sampled": "allSampled",
} as const;

/** What it costs to see what an app does. */
export const suite: Suite = {
  name: "observability",
  note: [
    "Small calls over trans_tcp, 256 at a time, both sides in one process; what is on is on at both sides. Ratios are of CPU per call.",
    "metrics: metric_prom. log: log_pino at INFO; the handler logs nothing. rule: shape_sentinel with one flow rule on the method.",
    "traced-calls: trace_otlp, 1 call in 100 is of a method that makes spans, and all of those are recorded.",
    "sampled-traces: every call is of such a method, and 1 trace in 100 is recorded; the context travels with all of them.",
    "all: metrics, traced-calls, log and rule. all-sampled: sampled-traces instead. Spans go to a receiver in another process.",
  ].join("\n"),
  cases: () => Object.entries(cases).map(([name, measure]) => observedCase(name, measure)),
  ratios: (rows) =>
    Object.fromEntries(
      Object.keys(cases).flatMap((name) => {
        const share = shareOf(rows, name);
        return share === undefined || name === "off" ? [] : [[`cpu:off/${name}`, share] as const];
      }),
    ),
  targets: (rows): readonly Target[] =>
    ["all", "all-sampled"].flatMap((name) => {
      const share = shareOf(rows, name);
      if (share === undefined) return [];
      const text = `${name} makes at least ${minShare} of the calls that off makes with the same CPU time`;
      return [{ text, measured: share.toFixed(2), met: share >= minShare }];
    }),
};

function observedCase(name: string, measure: string): Case {
  return {
    name,
    params: {},
    run: async ({ measureMs, services }) => {
      await using sink = await startOtlpSink();
      const options = { measureMs, services: { ...services, otlp: sink.address }, params: {} };
      return await measureSolo(new URL("calls.ts", import.meta.url), measure, options);
    },
  };
}

/** How many calls it makes with the CPU time of one without anything. */
function shareOf(rows: readonly Row[], name: string): number | undefined {
  return labelRatio(rows, ({ cpuUsPerOp }) => cpuUsPerOp, "off", name);
}
