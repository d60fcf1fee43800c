import { connect } from "@m3game/client";
import { gateWs } from "@m3game/gate-ws";
import { startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import cluster from "../cluster.ts";
import { botIntent } from "../fightapp/bot.ts";
import { FightDeltaSchema, type Fighter, FightOverSchema, type FightResult, FightSer } from "../gen/fight_pb.js";
import { AuthRspSchema } from "../gen/gate_pb.js";
import { MatchFormedSchema, RoleSer } from "../gen/role_pb.js";

const patience = { timeout: 20_000 };
const range = 6;
const actMs = 100;

const configs: Readonly<Record<string, string>> = {
  match: "[App]\nBotAfter = 2\n",
  fight:
    "[[Server.Actor]]\nActiveTimeOut = 0\nRebalanceTime = 0\n[App]\nWidth = 24\nMaxHp = 10\nKillsToWin = 1\nDurationSeconds = 30\n",
  gate: "[[Plugin.Gate.gate_ws]]\n",
};

/** All apps of the demo, in memory and in a hurry. Resolves with where a gate listens. */
async function startDemo(): Promise<string> {
  const common = "[[Options.Life]]\nDrainTimeoutMs = 500\n[[Plugin.DB.db_memory]]\n";
  const running = await startCluster(
    cluster.map(({ app, id }) => ({
      app,
      id,
      plugins: [gateWs],
      config: common + (configs[id.split(".")[2] ?? ""] ?? ""),
    })),
  );
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running.app("demo.world1.gate.2").endpoints.find(({ scheme }) => scheme === "ws")?.endpoint ?? "";
}

async function login(endpoint: string, token: string) {
  const client = await connect(`ws://${endpoint}`, { token });
  onTestFinished(() => client.close());
  const { roleId } = client.authResponse(AuthRspSchema);
  const roles = client.service(RoleSer);
  await roles.roleLogin({});
  return { client, roles, roleId };
}

/** A player who looks for a fight and fights it as well as a bot. */
async function play({ client, roles, roleId }: Awaited<ReturnType<typeof login>>) {
  const fights = client.service(FightSer);
  const formed = Promise.withResolvers<string>();
  const over = Promise.withResolvers<FightResult | undefined>();
  const seen = new Map<bigint, Fighter>();
  let sequence = 0;
  let fightId = "";
  const act = async () => {
    const self = seen.get(roleId);
    const enemies = [...seen.values()].filter((other) => other.side !== self?.side && other.hp > 0);
    if (self === undefined || enemies.length === 0) return;
    await fights.fightInput({ fightId, sequence: ++sequence, ...botIntent(self, enemies, range) });
  };
  client.on(MatchFormedSchema, (match) => formed.resolve(match.fightId));
  client.on(FightOverSchema, ({ result }) => over.resolve(result));
  client.on(FightDeltaSchema, ({ fighters, left }) => {
    for (const fighter of fighters) seen.set(fighter.roleId, fighter);
    for (const gone of left) seen.delete(gone);
  });
  await roles.roleMatchJoin({});
  fightId = await formed.promise;
  const { snapshot } = await fights.fightEnter({ fightId });
  for (const fighter of snapshot?.fighters ?? []) seen.set(fighter.roleId, fighter);
  // What is lost is said again by the next one.
  const acting = setInterval(() => void act().catch(() => {}), actMs);
  onTestFinished(() => clearInterval(acting));
  const result = await over.promise;
  clearInterval(acting);
  return { roleId, fightId, result, roles };
}

const infoOf = async ({ roles }: Awaited<ReturnType<typeof play>>) => (await roles.roleGetInfo({})).roleDb;

test("two who look for a fight get one, and a newcomer fights a bot, each within seconds", async () => {
  const endpoint = await startDemo();
  // Both are there before one looks for a fight, and gets a bot for want of others.
  const players = await Promise.all([login(endpoint, "june"), login(endpoint, "mike")]);
  const [june, mike] = await Promise.all([play(players[0]), play(players[1])]);
  expect(june.fightId).toBe(mike.fightId);
  expect(june.result).toEqual(mike.result);
  const change = june.result?.scores.find(({ roleId }) => roleId === june.roleId)?.ratingChange ?? 0;
  expect(await infoOf(june)).toMatchObject({ rating: 1000 + change });
  expect(await infoOf(mike)).toMatchObject({ rating: 1000 - change });

  const eve = await play(await login(endpoint, "eve"));
  expect(eve.result?.scores).toMatchObject([{ roleId: expect.anything() }, { roleId: expect.anything() }]);
  expect(eve.result?.scores.filter(({ roleId }) => roleId < 0n)).toHaveLength(1);
  // When the match has forgotten the fight she may look for the next one.
  await expect.poll(async () => (await eve.roles.roleMatchJoin({})).fightId, patience).not.toBe(eve.fightId);
}, 60_000);
