import type { Row, Target } from "../harness/result.ts";
import { measureSolo } from "../harness/solo.ts";
import type { Case, Suite } from "../harness/suite.ts";

const fights = 200;
const mostLateMs = 10;

/** The demo game. */
export const suite: Suite = {
  name: "demo",
  note: [
    "fights: of 4 each at 20 Hz in one app. One operation is a tick, its latencies are how late ticks were, CPU is that of the app alone.",
    "fights-bots: the fight plays all of them, and nobody looks. fights-players: each has a client that is shown the fight, decodes that,",
    "and sends an input 4 times a second, through a gate in another process over trans_tcp. Not measured: the sockets of clients.",
  ].join("\n"),
  cases: () => [fightCase("fights-bots", "botFights"), fightCase("fights-players", "playerFights")],
  ratios: () => ({}),
  targets: (rows) => rows.flatMap(fightTargets),
};

function fightCase(name: string, measure: string): Case {
  const params = { fights };
  return {
    name,
    params,
    run: ({ measureMs, services }) =>
      measureSolo(new URL("fights.ts", import.meta.url), measure, { measureMs, services, params }),
  };
}

function fightTargets({ name, p99Ms }: Row): readonly Target[] {
  if (!name.startsWith("fights-")) return [];
  return [
    {
      text: `of ${fights} fights (${name}) 99 of 100 ticks are less than ${mostLateMs} ms late`,
      measured: `${p99Ms.toFixed(1)} ms`,
      met: p99Ms < mostLateMs,
    },
  ];
}
