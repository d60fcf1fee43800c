import { createPluginContext } from "@m3game/testing";
import { createMemoryHub, type Instance, routerMemory } from "m3game";
import { expect, test } from "vitest";
import { appIds, type Cluster, followersOf, gameCluster, totalOf } from "./cluster.ts";
import { headroom } from "./limits.ts";
import { crashCost, drainCost, joinCost, steadyRates } from "./message-rates.ts";
import { placeActors } from "./placement.ts";
import { formatReport } from "./report.ts";
import { measureTable } from "./table-cost.ts";

const cluster = gameCluster(20, 10_000);
const [, role = { func: "", instances: 1, actors: 1, follows: [] }] = cluster;

test("a cluster has so many apps and actors, and each app follows whom it calls and its own", () => {
  expect([totalOf(cluster, "instances"), totalOf(cluster, "actors")]).toEqual([20, 10_000]);
  expect(["gate", "role", "club"].map((func) => followersOf(cluster, func))).toEqual([20, 20, 16]);
});

test("an app that joins takes its share and nothing else moves; one that leaves gives its own", () => {
  const placement = placeActors(role);
  expect(placement).toMatchObject({ movedElsewhere: 0, movedWithoutNeed: 0, mean: 500 });
  expect(placement.movedByJoin).toBeGreaterThan((role.actors / (role.instances + 1)) * 0.7);
  expect(placement.movedByJoin).toBeLessThan((role.actors / (role.instances + 1)) * 1.3);
  expect(placement.most).toBeLessThan(1.25 * placement.mean);
});

test("as many notices as the registry gives", async () => {
  const hub = createMemoryHub();
  await using router = await routerMemory(hub).create({}, createPluginContext("prod.world1.role.1"));
  let notices = 0;
  for (const { func, instances, follows } of cluster) {
    if (!follows.includes(role.func)) continue;
    for (const _app of appIds(func, instances)) await router.watch("prod.world1.role", () => notices++);
  }
  const instance: Instance = { app: "prod.world1.role.1", service: "prod.world1.role", host: "h", port: 1, meta: {} };
  notices = 0;
  const registration = await router.register(instance);
  expect(notices).toBe(joinCost(cluster, role).notices);
  await registration[Symbol.asyncDispose]();
  // Of those that are told the app that leaves is one.
  expect(notices).toBe(joinCost(cluster, role).notices + drainCost(cluster, role).notices + 1);
});

test("rates are in proportion", () => {
  expect(steadyRates(cluster, { ttlSeconds: 10, actorLifeSeconds: 100 })).toEqual({
    ...{ registryRenewals: 6, leaseRenewals: 8, claims: 100 },
  });
  const crash = crashCost(cluster, role);
  expect(crash).toMatchObject({ movedActors: 500, leaseReads: 0 });
  // Each of the eleven others asks for its 46 claims at once.
  expect(crash.leaseTransactions).toBe(12);
  expect(drainCost(cluster, role)).toMatchObject({ movedActors: 500, leaseTransactions: 1000 });
});

test("what one lease store can't do is divided into worlds", () => {
  const limits = { bytesPerClaim: 1000, memoryBytes: 4_000_000, claimsPerSecond: 1000 };
  const steady = steadyRates(cluster, { ttlSeconds: 10, actorLifeSeconds: 100 });
  expect(headroom(cluster, steady, limits)).toMatchObject({ mostClaims: 4000, worlds: 3, claimLoad: 0.2 });
});

test("the report names each function", async () => {
  const placements = cluster.map(placeActors);
  const tables = new Map([["role", await measureTable("role", 12)]]);
  const times = { ttlSeconds: 10, actorLifeSeconds: 100 };
  const report = formatReport({ cluster, times, placements, tables, etcd: undefined });
  for (const { func } of cluster satisfies Cluster) expect(report).toContain(`| ${func} joins | `);
});
