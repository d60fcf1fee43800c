import type { Row, Target } from "../harness/result.ts";
import type { RunOptions, Suite } from "../harness/suite.ts";
import { measureStarts } from "./measure-start.ts";

const maxReadyMs = 1500;
const maxIdleMiB = 90;

const configs: Readonly<Record<string, URL | undefined>> = {
  embedded: undefined,
  trans_tcp: new URL("trans-tcp.toml", import.meta.url),
  "trans_tcp+http2": new URL("both-trans.toml", import.meta.url),
};

/** From the start of `m3 run` until its app is ready, and the memory of an app that does nothing. */
export const suite: Suite = {
  name: "start",
  note: [
    "One operation is one start of `m3 run`, HelloWorld without a lease plugin, from the second on, until the app takes calls; RSS is read after some time without work.",
    "Not measured: plugins that connect to a server, a cold file cache.",
  ].join("\n"),
  cases: () =>
    Object.entries(configs).map(([name, configFile]) => ({
      name,
      params: {},
      run: ({ measureMs }: RunOptions) => measureStarts(configFile, measureMs),
    })),
  ratios: () => ({}),
  targets: (rows) => rows.flatMap(startTargets),
};

function startTargets(row: Row): readonly Target[] {
  const { name, p50Ms, rssMiB = Number.NaN } = row;
  return [
    {
      text: `an app (${name}) is ready within ${maxReadyMs} ms`,
      measured: `${p50Ms.toFixed(0)} ms`,
      met: p50Ms <= maxReadyMs,
    },
    {
      text: `an idle app (${name}) takes at most ${maxIdleMiB} MiB`,
      measured: `${rssMiB.toFixed(0)} MiB`,
      met: rssMiB <= maxIdleMiB,
    },
  ];
}
