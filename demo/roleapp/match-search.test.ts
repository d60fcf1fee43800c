import { defineApp, hash, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { MatchSer } from "../gen/match_pb.js";
import { MatchFormedSchema, MatchTimedOutSchema, RoleFightSer, RoleSer } from "../gen/role_pb.js";
import matchApp from "../matchapp/app.ts";
import { FakeGate } from "../test/fake-gate.ts";
import { FakeZone } from "../test/fake-zone.ts";
import roleApp from "./app.ts";
import { Role } from "./role.ts";

const callerId = "demo.world1.caller.1";
const matchAppId = "demo.world1.match.1";
const roleAppIds = ["demo.world1.role.1", "demo.world1.role.2"] as const;
const patience = { timeout: 20_000 };
const store = "[[Plugin.DB.db_memory]]\n";

/** All that looks for matches, and one that calls as the gate does. */
async function startGame(matchConfig: string) {
  const [zone, gate] = [new FakeZone(), new FakeGate()];
  const cluster = await startCluster([
    { app: zone.app, id: "demo.world1.zone.1" },
    { app: gate.app, id: "demo.world1.gate.1" },
    { app: matchApp, id: matchAppId, config: `${store}[App]\n${matchConfig}` },
    ...roleAppIds.map((id) => ({ app: roleApp, id, config: store })),
    { app: defineApp({ func: "caller", servers: [] }), id: callerId, config: store },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const caller = cluster.app(callerId);
  const waiting = async () => (await caller.client(MatchSer).matchReport({})).waiting;
  /** The calls of one player, who has logged in. */
  const player = async (roleId: bigint) => {
    const calls = caller.client(RoleSer).to(hash(roleId));
    const as = { metadata: { roleid: String(roleId) }, timeoutMs: 15_000 };
    await calls.roleLogin({}, as);
    return {
      join: async (...partyIds: bigint[]) => (await calls.roleMatchJoin({ partyIds }, as)).fightId,
      follow: async (other: bigint) => void (await calls.roleMatchFollow({ roleId: other }, as)),
      cancel: async () => (await calls.roleMatchCancel({}, as)).fightId,
    };
  };
  /** What an app of fights says of one that is over, to its roles and then to the match. */
  const endFight = async (fightId: string, roleIds: readonly bigint[]) => {
    for (const roleId of roleIds) await caller.client(RoleFightSer).roleFightResult({ roleId, fightId });
    await caller.client(MatchSer).matchEnd({ matchId: fightId });
  };
  return { cluster, gate, zone, player, waiting, endFight };
}

test("two that look for a match are told of the same one, and asking again leads back to it", async () => {
  const { gate, player } = await startGame("BotAfter = 0\n");
  const [june, mike] = [await player(1n), await player(2n)];
  expect([await june.join(), await june.join()]).toEqual(["", ""]);
  await mike.join();
  await expect.poll(() => gate.pushesTo(1n, MatchFormedSchema), patience).toHaveLength(1);
  const [formed] = gate.pushesTo(1n, MatchFormedSchema);
  const members = formed?.sides.flatMap((side) => side.members) ?? [];
  expect(new Set(members.map(({ name }) => name))).toEqual(new Set(["Role1", "Role2"]));
  expect(await mike.join()).toBe(formed?.fightId);
  expect(await mike.cancel()).toBe("");
});

test("a search that was cancelled leads to no match", async () => {
  const { player, waiting } = await startGame("BotAfter = 0\n");
  const june = await player(1n);
  await june.join();
  expect(await waiting()).toBe(1);
  expect(await june.cancel()).toBe("");
  expect(await waiting()).toBe(0);
  expect(await june.cancel()).toBe("");
});

test("a search that finds nobody in time ends, and the player is told", async () => {
  const { gate, player, waiting } = await startGame("BotAfter = 0\nTimeOut = 1\n");
  const june = await player(1n);
  await june.join();
  await expect.poll(() => gate.pushesTo(1n, MatchTimedOutSchema), patience).toHaveLength(1);
  expect(await waiting()).toBe(0);
});

test("a fight that is over sooner than its roles ask again leaves nobody searching", async () => {
  const { gate, player, waiting, endFight } = await startGame("BotAfter = 0\nTimeOut = 3\n");
  const [june, mike, kate] = [await player(1n), await player(2n), await player(3n)];
  await june.join();
  await mike.join();
  await expect.poll(() => gate.pushesTo(1n, MatchFormedSchema), patience).toHaveLength(1);
  await endFight(gate.pushesTo(1n, MatchFormedSchema)[0]?.fightId ?? "", [1n, 2n]);
  // It takes her longer than until the next time that they would have asked.
  await kate.join();
  await expect.poll(() => gate.pushesTo(3n, MatchTimedOutSchema), patience).toHaveLength(1);
  for (const [roleId, fights] of [
    [1n, 1],
    [2n, 1],
    [3n, 0],
  ] as const)
    expect(gate.pushesTo(roleId, MatchFormedSchema), `role ${roleId}`).toHaveLength(fights);
  expect(await waiting()).toBe(0);
});

test("a search goes on where the role moves to, with the same ticket", async () => {
  const { cluster, gate, player, waiting } = await startGame("BotAfter = 0\n");
  const [june, mike] = [await player(1n), await player(2n)];
  await june.join();
  const rolesOf = (id: string) => cluster.app(id).actors(Role);
  const [one, two] = roleAppIds;
  const [from, to] = rolesOf(one).list().includes("1") ? [one, two] : [two, one];
  await rolesOf(from).handOver("1", to);
  await expect.poll(() => rolesOf(to).list(), patience).toContain("1");
  await june.join();
  expect(await waiting()).toBe(1);
  await mike.join();
  await expect.poll(() => gate.pushesTo(1n, MatchFormedSchema), patience).toHaveLength(1);
});

test("a search that begins while nobody leads goes on until somebody does", async () => {
  const { cluster, gate, player } = await startGame("BotAfter = 0.1\n");
  await cluster.app(matchAppId).stop();
  const june = await player(1n);
  expect(await june.join()).toBe("");
  await cluster.start({ app: matchApp, id: matchAppId, config: `${store}[App]\nBotAfter = 0.1\n` });
  await expect.poll(() => gate.pushesTo(1n, MatchFormedSchema), patience).toHaveLength(1);
});

test("a search that is refused is told so, and ends", async () => {
  const { player, waiting } = await startGame("BotAfter = 0\nMaxTickets = 1\n");
  const [june, mike] = [await player(1n), await player(2n)];
  await june.join();
  await expect(mike.join()).rejects.toThrow("too many wait for a match");
  await june.cancel();
  expect(await mike.join()).toBe("");
  expect(await waiting()).toBe(1);
});

test("roles that are ready to fight along are on the same side", async () => {
  const { gate, player } = await startGame("BotAfter = 0\nSideSize = 2\n");
  const [june, mike, kate, paul] = [await player(1n), await player(2n), await player(3n), await player(4n)];
  await expect(june.join(2n)).rejects.toThrow("role 2 is not ready to fight along");
  await expect(june.follow(1n)).rejects.toThrow("a role can't follow itself");
  await mike.follow(1n);
  await paul.follow(3n);
  await june.join(2n);
  await expect(mike.join()).rejects.toThrow("waits with another ticket");
  await kate.join(4n);
  for (const roleId of [1n, 2n, 3n, 4n]) {
    await expect.poll(() => gate.pushesTo(roleId, MatchFormedSchema), patience).toHaveLength(1);
  }
  const sides = gate.pushesTo(1n, MatchFormedSchema)[0]?.sides.map((side) => side.members.map(({ roleId }) => roleId));
  expect(sides).toEqual([
    [1n, 2n],
    [3n, 4n],
  ]);
});
