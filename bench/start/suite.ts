import type { Row, Target } from "../harness/result.ts";
import type { Suite } from "../harness/suite.ts";
import { measureStarts } from "./measure-start.ts";

const maxReadyMs = 1500;
const maxIdleMiB = 90;

const variants: Readonly<Record<string, readonly string[]>> = {
  "app-embedded": [],
  "app-trans_tcp": ["trans_tcp"],
  "app-both-trans": ["trans_tcp", "trans_http2"],
};

/** From the start of a process until its app is ready, and the memory of an app that does nothing. */
export const suite: Suite = {
  name: "start",
  note: [
    "One operation is one start of a process until its app takes calls; RSS is read after some time without work.",
    "Not measured: plugins that connect to a server, a cold file cache.",
  ].join("\n"),
  cases: () =>
    Object.entries(variants).map(([name, trans]) => ({
      name,
      params: {},
      run: ({ measureMs }) => measureStarts(trans, measureMs),
    })),
  ratios: () => ({}),
  targets: (rows) => rows.flatMap(startTargets),
};

function startTargets(row: Row): readonly Target[] {
  const { name, p50Ms, rssMiB = Number.NaN } = row;
  return [
    { text: `${name} is ready within ${maxReadyMs} ms`, measured: `${p50Ms.toFixed(0)} ms`, met: p50Ms <= maxReadyMs },
    {
      text: `${name} takes at most ${maxIdleMiB} MiB when idle`,
      measured: `${rssMiB.toFixed(0)} MiB`,
      met: rssMiB <= maxIdleMiB,
    },
  ];
}
