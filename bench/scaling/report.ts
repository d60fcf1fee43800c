import { formatNumber } from "../harness/table.ts";
import { type Cluster, followersOf, totalOf } from "./cluster.ts";
import type { EtcdClaims } from "./etcd-claims.ts";
import { headroom, measuredEtcd } from "./limits.ts";
import { type ChangeCost, crashCost, drainCost, joinCost, steadyRates, type Times } from "./message-rates.ts";
import type { Placement } from "./placement.ts";
import type { TableCost } from "./table-cost.ts";

/** Bytes of an idle app, of an actor with one entity (`bench -- start`, `bench -- actor`), and of its claim in lease_etcd (`--etcd`). */
const [idleAppBytes, actorBytes, claimBytes] = [90 * 2 ** 20, 954, 30];

export interface Simulated {
  readonly cluster: Cluster;
  readonly times: Times;
  readonly placements: readonly Placement[];
  readonly tables: ReadonlyMap<string, TableCost>;
  readonly etcd: EtcdClaims | undefined;
}

/** All of it as tables in Markdown. */
export function formatReport(simulated: Simulated): string {
  return [
    placementTable(simulated),
    steadyTable(simulated),
    changeTable(simulated),
    appTable(simulated),
    limitTable(simulated),
  ].join("\n\n");
}

function placementTable({ placements }: Simulated): string {
  return table(
    [
      "function",
      "apps",
      "actors of an app",
      "fewest",
      "most",
      "moved by a join",
      "by a leave",
      "without need",
      "look-up us",
    ],
    placements.map((each) => [
      each.func,
      ...[each.instances, each.mean, each.fewest, each.most, each.movedByJoin, each.movedByLeave].map(formatNumber),
      formatNumber(each.movedElsewhere + each.movedWithoutNeed),
      formatNumber((each.nsPerApp * each.instances) / 1000),
    ]),
  );
}

function steadyTable({ cluster, times }: Simulated): string {
  const { registryRenewals, leaseRenewals, claims } = steadyRates(cluster, times);
  return table(
    ["while nothing changes", "a second"],
    [
      ["renewals of registry entries", formatNumber(registryRenewals)],
      ["renewals of sessions", formatNumber(leaseRenewals)],
      ["claims taken, and given up", formatNumber(claims)],
    ],
  );
}

function changeTable({ cluster, tables }: Simulated): string {
  const rows = cluster.flatMap((group) => {
    const changeMs = tables.get(group.func)?.changeMs ?? 0;
    const row = (what: string, cost: ChangeCost) => [
      `${group.func} ${what}`,
      ...[cost.registryRequests, cost.entriesListed, cost.notices, cost.movedActors].map((value) =>
        formatNumber(value),
      ),
      ...[cost.leaseTransactions, cost.leaseReads, changeMs].map((value) => formatNumber(value)),
    ];
    return [
      row("joins", joinCost(cluster, group)),
      row("drains", drainCost(cluster, group)),
      row("dies", crashCost(cluster, group)),
    ];
  });
  return table(
    [
      "one app",
      "registry requests",
      "entries listed",
      "notices",
      "actors moved",
      "lease transactions",
      "reads of it",
      "CPU ms of each follower",
    ],
    rows,
  );
}

function appTable({ cluster, tables }: Simulated): string {
  return table(
    ["one app of", "follows", "followed by", "tables MiB", "actors MiB", "memory MiB"],
    cluster.map((group) => {
      const followed = cluster.filter(({ func }) => group.follows.includes(func));
      const tableBytes = followed.reduce(
        (sum, { func, instances }) => sum + instances * (tables.get(func)?.instanceBytes ?? 0),
        0,
      );
      const ownBytes = (group.actors / group.instances) * (actorBytes + claimBytes);
      return [
        group.func,
        formatNumber(totalOf(followed, "instances")),
        formatNumber(followersOf(cluster, group.func)),
        ...[tableBytes, ownBytes, idleAppBytes + tableBytes + ownBytes].map((bytes) => formatNumber(bytes / 2 ** 20)),
      ];
    }),
  );
}

function limitTable({ cluster, times, etcd }: Simulated): string {
  const limits = { ...measuredEtcd, ...(etcd !== undefined && { bytesPerClaim: etcd.bytesPerClaim }) };
  const found = headroom(cluster, steadyRates(cluster, times), limits);
  return table(
    ["leases in one etcd", ""],
    [
      ["memory of it for a claim, bytes", formatNumber(limits.bytesPerClaim)],
      ...(etcd === undefined ? [] : measuredRows(etcd)),
      ["memory for all claims, GiB", formatNumber(found.claimMemoryBytes / 2 ** 30)],
      ["most claims in 8 GiB", formatNumber(found.mostClaims)],
      ["claims taken and given up, of what it can", formatNumber(found.claimLoad)],
      ["shortest life of an actor that it bears, s", formatNumber(found.leastLifeSeconds)],
      ["worlds with an etcd each", String(found.worlds)],
    ],
  );
}

function measuredRows({ cpuUsPerClaim, appBytesPerClaim }: EtcdClaims): readonly (readonly string[])[] {
  return [
    ["CPU of it for a claim, us", formatNumber(cpuUsPerClaim)],
    ["memory of the app for a claim, bytes", formatNumber(appBytesPerClaim)],
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
