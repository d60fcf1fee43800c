import { defineApp, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { MatchSer } from "../gen/match_pb.js";
import { MatchFormedSchema } from "../gen/role_pb.js";
import { FakeGate } from "../test/fake-gate.ts";
import { FakeZone } from "../test/fake-zone.ts";
import matchApp from "./app.ts";
import { MatchEntity } from "./match-entity.ts";

const ids = ["demo.world1.match.1", "demo.world1.match.2"] as const;
const callerId = "demo.world1.caller.1";
const patience = { timeout: 20_000 };
const long = { timeoutMs: 15_000 };
/** Nobody fights a bot, unless a test wants it. */
const noBots = "BotAfter = 0\n";
const store = "[[Plugin.DB.db_memory]]\n";

/** A leader, one that stands by, a zone, a gate, and an app that asks. */
async function startMatches(config = noBots) {
  const [zone, gate] = [new FakeZone(), new FakeGate()];
  const cluster = await startCluster([
    { app: zone.app, id: "demo.world1.zone.1" },
    { app: gate.app, id: "demo.world1.gate.1" },
    ...ids.map((id) => ({ app: matchApp, id, config: `${store}[App]\n${config}` })),
    { app: defineApp({ func: "caller", servers: [] }), id: callerId, config: store },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const caller = cluster.app(callerId);
  const matches = caller.client(MatchSer);
  const ask = (ticketId: string, roleIds: readonly bigint[], { rating = 1000, waitedMs = 0 } = {}) =>
    matches.matchJoin({ ticket: { ticketId, members: roleIds.map((roleId) => ({ roleId, rating })) }, waitedMs }, long);
  /** Asks again and again, as roles do, until there is a match. */
  const join = async (ticketId: string, roleIds: readonly bigint[], options = {}) => {
    let matchId = "";
    const poll = async () => (matchId = (await ask(ticketId, roleIds, options)).matchId);
    await expect.poll(poll, patience).not.toBe("");
    return matchId;
  };
  const rows = async () => (await caller.entities().find(MatchEntity)).entities.map(({ data }) => data);
  return { cluster, zone, gate, matches, ask, join, rows };
}

test("two roles are brought together: stored, placed once, and both told the same match", async () => {
  const { zone, gate, matches, join, rows } = await startMatches();
  const [june, mike] = await Promise.all([join("a", [1n]), join("b", [2n])]);
  expect(mike).toBe(june);
  for (const roleId of [1n, 2n]) {
    const formed = { fightId: june, sides: [{ members: [{ rating: 1000 }] }, { members: [{ rating: 1000 }] }] };
    await expect.poll(() => gate.pushesTo(roleId, MatchFormedSchema), patience).toMatchObject([formed]);
  }
  await expect.poll(() => zone.placed.length, patience).toBe(1);
  expect(zone.placed[0]).toMatchObject({ fightId: june, sides: [{ members: [{}] }, { members: [{}] }] });
  expect(await rows()).toMatchObject([{ matchId: june }]);
  expect(await join("a", [1n])).toBe(june);
  expect(await matches.matchReport({})).toMatchObject({ waiting: 0, formed: 1, withBots: 0, meanRatingGap: 0 });
});

test("whoever finds nobody in time fights a bot of the same strength", async () => {
  const { zone, matches, join } = await startMatches("BotAfter = 0.3\nSideSize = 2\n");
  await join("a", [1n], { rating: 1500 });
  await expect.poll(() => zone.placed.length, patience).toBe(1);
  const members = zone.placed[0]?.sides.map((side) => side.members.map(({ roleId, bot }) => [roleId, bot]));
  expect(members).toEqual([
    [
      [1n, false],
      [-1n, true],
    ],
    [
      [-2n, true],
      [-3n, true],
    ],
  ]);
  expect(zone.placed[0]?.sides[1]?.members[0]).toMatchObject({ rating: 1500, name: "Bot 2" });
  expect(await matches.matchReport({})).toMatchObject({ formed: 1, withBots: 1 });
});

test("a ticket that was cancelled is in no match, and one that is in a match can't be cancelled", async () => {
  const { zone, matches, ask, join } = await startMatches();
  await ask("a", [1n]);
  expect(await matches.matchCancel({ ticketId: "a" })).toMatchObject({ matchId: "" });
  // As a join that was sent before the cancel and comes late.
  await ask("a", [1n]);
  expect(await matches.matchReport({})).toMatchObject({ waiting: 0 });
  const [june] = await Promise.all([join("b", [2n]), join("c", [3n])]);
  expect(await matches.matchCancel({ ticketId: "b" })).toMatchObject({ matchId: june });
  expect(zone.placed.flatMap(({ sides }) => sides.flatMap((side) => side.members))).toHaveLength(2);
});

test("of a cancel and a match that race, one wins, and both sides hear of it", async () => {
  const { zone, matches, ask } = await startMatches();
  for (let round = 0n; round < 20n; round++) {
    const [mine, other] = [`a${round}`, `b${round}`];
    await ask(mine, [round + 100n]);
    await ask(other, [round + 200n]);
    const { matchId } = await matches.matchCancel({ ticketId: mine }, long);
    const next = await ask(other, [round + 200n]);
    expect(next.matchId).toBe(matchId);
    if (matchId === "") await matches.matchCancel({ ticketId: other });
    else await expect.poll(() => zone.fightIds, patience).toContain(matchId);
  }
});

test("what has waited too long is given up", async () => {
  const { matches, ask } = await startMatches(`${noBots}TimeOut = 30\n`);
  await ask("a", [1n], { waitedMs: 29_000 });
  expect(await matches.matchReport({})).toMatchObject({ waiting: 1 });
  expect(await ask("a", [1n], { waitedMs: 30_000 })).toMatchObject({ matchId: "", timedOut: true });
  expect(await matches.matchReport({})).toMatchObject({ waiting: 0 });
});

test("a match that is over is forgotten; its roles can have another one", async () => {
  const { zone, matches, join, rows } = await startMatches();
  const [first] = await Promise.all([join("a", [1n]), join("b", [2n])]);
  for (let time = 0; time < 2; time++) await matches.matchEnd({ matchId: first });
  expect(await rows()).toEqual([]);
  const [second] = await Promise.all([join("c", [1n]), join("d", [2n])]);
  expect(zone.fightIds).toEqual(new Set([first, second]));
});

test("a role has one ticket: a new one of its own takes the place of the old one, and a party keeps its roles", async () => {
  const { matches, ask, join } = await startMatches(`${noBots}SideSize = 2\n`);
  await ask("old", [1n, 2n]);
  await ask("new", [1n, 2n]);
  expect(await matches.matchReport({})).toMatchObject({ waiting: 1 });
  await expect(ask("foreign", [2n])).rejects.toThrow("waits with another ticket");
  const [match] = await Promise.all([join("new", [1n, 2n]), join("others", [3n, 4n])]);
  expect(await ask("again", [3n])).toMatchObject({ matchId: match });
  await expect(ask("party", [4n, 5n])).rejects.toThrow("role 4 of the party is in a fight");
});

test.each([
  ["no id", { members: [{ roleId: 1n }] }, "ticket_id must have 1 to 100 characters"],
  ["no members", { ticketId: "a" }, "a ticket has 1 to 1 members"],
  ["too many", { ticketId: "a", members: [{ roleId: 1n }, { roleId: 2n }] }, "this one has 2"],
  ["a bot", { ticketId: "a", members: [{ roleId: 1n, bot: true }] }, "members are roles"],
])("a ticket with %s is refused", async (_what, ticket, message) => {
  const { matches } = await startMatches();
  await expect(matches.matchJoin({ ticket }, long)).rejects.toThrow(message);
});

test("a match whose leader goes before it is placed is placed by the next one", async () => {
  const { cluster, zone, ask, join, rows } = await startMatches();
  zone.fails = true;
  await Promise.all([ask("a", [1n]), ask("b", [2n])]);
  await expect.poll(() => zone.placed.length, patience).toBeGreaterThan(0);
  // Its fight has not begun: it is too early to go there.
  expect(await ask("a", [1n])).toMatchObject({ matchId: "" });
  await cluster.app(ids[0]).stop();
  zone.fails = false;
  const tried = zone.placed.length;
  await expect.poll(() => zone.placed.length, patience).toBeGreaterThan(tried);
  expect(zone.fightIds.size).toBe(1);
  expect(zone.placed.at(-1)?.sides).toEqual(zone.placed[0]?.sides);
  expect([...zone.fightIds]).toEqual([await join("a", [1n])]);
  expect(await rows()).toHaveLength(1);
});

test("who waits when the leader goes is matched by the next one, once", async () => {
  const { cluster, zone, ask, join, rows } = await startMatches();
  await ask("a", [1n]);
  await cluster.app(ids[0]).stop();
  const [june, mike] = await Promise.all([join("a", [1n]), join("b", [2n])]);
  expect(mike).toBe(june);
  expect(await rows()).toHaveLength(1);
  await expect.poll(() => [...zone.fightIds], patience).toEqual([june]);
});
