import { driveBatches } from "../harness/solo-load.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import type { Issue, Subject } from "../harness/subject.ts";
import { log, metrics, observedSubject, rule, traces } from "./subjects.ts";

const batch = 256;

export const off = callsOf(observedSubject([]));
export const onlyMetrics = callsOf(observedSubject([metrics]));
export const tracedCalls = callsOf(observedSubject([traces(1)]));
export const sampledTraces = callsOf(observedSubject([traces(0.01)], 1));
export const onlyLog = callsOf(observedSubject([log]));
export const onlyRule = callsOf(observedSubject([rule]));
export const all = callsOf(observedSubject([metrics, traces(1), log, rule]));
export const allSampled = callsOf(observedSubject([metrics, traces(0.01), log, rule], 1));

/** Both halves in one process: it has nothing else to wait for, so that calls per second follow from CPU time alone. */
function callsOf(subject: Subject): SoloMeasure {
  return async ({ measureMs, services }) => {
    const issue = await subject.connect(await subject.serve(services), services);
    return driveBatches({
      run: (count) => callOften(issue, count),
      size: batch,
      warmupMs: 1500,
      warmupOps: 300_000,
      measureMs,
    });
  };
}

async function callOften(issue: Issue, count: number): Promise<void> {
  const calls = Array.from({ length: count }, () => Promise.withResolvers<void>());
  for (const { resolve, reject } of calls) issue((error) => (error === undefined ? resolve() : reject(error)));
  await Promise.all(calls.map(({ promise }) => promise));
}
