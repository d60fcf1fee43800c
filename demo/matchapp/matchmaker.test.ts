import { create } from "@bufbuild/protobuf";
import { defineApp, type EntityOwner, type EntityStore, noMetrics, silentLogger, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { MatchTicketSchema } from "../gen/match_pb.js";
import { MatchEntity } from "./match-entity.ts";
import { Matches } from "./matches.ts";
import { Matchmaker } from "./matchmaker.ts";

const rules = { sideSize: 1, rangeStart: 100, rangePerSecond: 50, rangeMost: 1000, incompleteAfterMs: 0 };
const patience = { timeout: 20_000 };

async function startStore(): Promise<EntityStore> {
  const app = { app: defineApp({ func: "x", servers: [] }), id: "e.w.x.1", config: "[[Plugin.DB.db_memory]]" };
  const cluster = await startCluster([app]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster.app("e.w.x.1").entities();
}

/** Number `counter` of the leaders, which believes to lead until the test is over. */
async function elect(store: EntityStore, counter: bigint) {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const [placed, told]: [string[], string[]] = [[], []];
  const owner: EntityOwner = {
    id: "leader/match",
    fence: { epoch: 1n, counter },
    deadline: Number.POSITIVE_INFINITY,
    isHeld: () => true,
  };
  const matchmaker = Matchmaker.start({
    ...{ rules, timeOutMs: 60_000, silentTimeOutMs: 60_000, maxTickets: 3 },
    matches: await Matches.load(store.ownedBy(owner)),
    place: async ({ id }) => void placed.push(id),
    tell: async ({ id }) => void told.push(id),
    log: silentLogger,
    metrics: noMetrics,
    signal: over.signal,
  });
  const join = (role: number) =>
    matchmaker.join(create(MatchTicketSchema, { ticketId: `t${role}`, members: [{ roleId: BigInt(role) }] }), 0);
  return { matchmaker, placed, told, join };
}

test("a leader that was paused and believes to lead still begins no match: the store refuses it", async () => {
  const store = await startStore();
  const [old, next] = [await elect(store, 1n), await elect(store, 2n)];
  await Promise.all([old.join(1), old.join(2)]);
  const refused = async () => old.join(1).then(() => "it waits", String);
  await expect.poll(refused, patience).toContain("FENCED");
  await Promise.all([next.join(1), next.join(2)]);
  await expect.poll(() => next.told, patience).toHaveLength(1);
  expect([old.placed, old.told]).toEqual([[], []]);
  expect(next.placed).toEqual(next.told);
  const rows = (await store.find(MatchEntity)).entities.map(({ data }) => data.matchId);
  expect(rows).toEqual(next.placed);
});

test("the next leader places and tells all matches again, and forgets one that ends meanwhile", async () => {
  const store = await startStore();
  const old = await elect(store, 1n);
  await Promise.all([old.join(1), old.join(2)]);
  await expect.poll(() => old.told, patience).toHaveLength(1);
  const next = await elect(store, 2n);
  await expect.poll(() => next.told, patience).toEqual(old.told);
  for (const matchId of old.told) await next.matchmaker.end(matchId);
  expect((await store.find(MatchEntity)).entities).toEqual([]);
  expect(await next.join(1)).toEqual({ matchId: "", timedOut: false });
});

test("only so many wait", async () => {
  const { join } = await elect(await startStore(), 1n);
  const all = await Promise.allSettled([1, 2, 3, 4].map(join));
  expect(all.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
});
