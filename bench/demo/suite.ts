import type { Row, Target } from "../harness/result.ts";
import { measureSolo } from "../harness/solo.ts";
import type { Case, Suite } from "../harness/suite.ts";
import { measurePaths } from "./paths.ts";
import type { PathsRequest } from "./paths-main.ts";

const fights = 200;
const pathsPerSecond = 1500;
const halfLoad = pathsPerSecond / 2;
const entities = 50_000;
const tickMs = 50;
const mostLateMs = 10;
const mostHalfLoadMs = 150;

/** The servers that `npm run cluster` uses. */
const clusterServices = ["consul", "nats", "etcd", "redis"];

/** The demo game. */
export const suite: Suite = {
  name: "demo",
  note: [
    "fights: of 4 each at 20 Hz in one app. One operation is a tick, its latencies are how late ticks were, CPU is that of the app alone.",
    "fights-bots: the fight plays all of them, and nobody looks. fights-players: each has a client that is shown the fight, decodes that,",
    "and sends an input 4 times a second, through a gate in another process over trans_tcp. Not measured: the sockets of clients.",
    "paths: one operation is the path of Test1 of a new account: connection, auth, login, rename, power up, two infos. One process for",
    "each app over Consul, NATS, etcd and Redis, all players in one more; their connections stay. CPU leaves the four servers out.",
    "paths: so many at any moment. paths-half: so many begin each second, and latency counts from when each should have.",
    "world: entities on a plane of 1000 x 1000 at 20 Hz, each looks at those within 10 units. One operation is a tick, its latencies are how",
    "long ticks took. world-parallel: the same with one more thread.",
  ].join("\n"),
  cases: (services) => [
    solo("fights-bots", "fights.ts", "botFights", { fights }),
    solo("fights-players", "fights.ts", "playerFights", { fights }),
    ...(clusterServices.every((name) => services[name] !== undefined)
      ? [paths("paths", { inFlight: 512 }), paths("paths-half", { perSecond: halfLoad })]
      : []),
    solo("world", "world.ts", "oneThread", { entities }),
    solo("world-parallel", "world.ts", "twoThreads", { entities }),
  ],
  ratios: () => ({}),
  targets: (rows) => rows.flatMap(targetsOf),
};

function solo(name: string, file: string, measure: string, params: Readonly<Record<string, number>>): Case {
  return {
    name,
    params,
    run: ({ measureMs, services }) =>
      measureSolo(new URL(file, import.meta.url), measure, { measureMs, services, params }),
  };
}

function paths(name: string, load: PathsRequest["load"]): Case {
  return { name, params: load, run: (options) => measurePaths(load, options) };
}

function targetsOf(row: Row): readonly Target[] {
  const { name, opsPerSec, p99Ms } = row;
  const inMs = (text: string, measured: number, most: number): Target => ({
    text,
    measured: `${measured.toFixed(1)} ms`,
    met: measured < most,
  });
  if (name.startsWith("fights-")) {
    const text = `of ${fights} fights (${name}) 99 of 100 ticks are less than ${mostLateMs} ms late`;
    return [inMs(text, p99Ms, mostLateMs)];
  }
  if (name === "paths") {
    const text = `at least ${pathsPerSecond} paths each second`;
    return [{ text, measured: opsPerSec.toFixed(0), met: opsPerSec >= pathsPerSecond }];
  }
  if (name === "paths-half") {
    const text = `at ${halfLoad} paths each second 99 of 100 take less than ${mostHalfLoadMs} ms`;
    return [inMs(text, p99Ms, mostHalfLoadMs)];
  }
  const late = row.more?.["late p99 ms"] ?? Number.NaN;
  return [
    inMs(`99 of 100 ticks of ${entities} entities (${name}) take less than ${tickMs} ms`, p99Ms, tickMs),
    inMs(`99 of 100 ticks of ${entities} entities (${name}) are less than ${mostLateMs} ms late`, late, mostLateMs),
  ];
}
