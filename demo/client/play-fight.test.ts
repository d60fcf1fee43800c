import { GateError } from "@m3game/client";
import { expect, test, vi } from "vitest";
import { FightOverSchema } from "../gen/fight_pb.js";
import { ZoneSer } from "../gen/zone_pb.js";
import { FightWorld, type FightWorldOptions } from "../test/fight-world.ts";
import { playFight } from "./play-fight.ts";

// Fights take their time, and longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const bot = { roleId: -1n, name: "Bot", rating: 1000 };

/** A player whose fight against a bot has begun. */
async function startFight(options: FightWorldOptions) {
  const world = await FightWorld.start(options);
  const player = await world.player("june");
  const june = { roleId: player.roleId, name: "June", rating: 1000 };
  const request = { fightId: "f1", sides: [{ members: [june] }, { members: [bot] }] };
  const { appId } = await world.caller.client(ZoneSer).zonePlace(request, { timeoutMs: 10_000 });
  return { world, player, appId };
}

test("fights to the end, and not without a hit", async () => {
  const { player } = await startFight({ MaxHp: 20, Width: 30, DurationSeconds: 10 });
  const { scores } = await playFight(player, "f1");
  expect(scores.map(({ roleId }) => roleId)).toEqual([player.roleId, bot.roleId]);
  expect(scores[0]?.kills).toBeGreaterThan(0);
});

test("a fight whose app has died is entered again where it begins anew", async () => {
  const { world, player, appId } = await startFight({ KillsToWin: 1, MaxHp: 100, Width: 30 });
  const ends: string[] = [];
  player.client.on(FightOverSchema, ({ fightId }) => ends.push(fightId));
  const playing = playFight(player, "f1");
  world.kill(appId);
  expect((await playing).scores).toHaveLength(2);
  expect(ends).toEqual(["f1"]);
});

test("there is no fight, or none for this player: it is not tried again", async () => {
  const { world, player } = await startFight({});
  await expect(playFight(player, "f2")).rejects.toThrow("there is no fight f2");
  const stranger = await world.player("mike");
  const refused = await playFight(stranger, "f1").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(GateError);
  expect(String(refused)).toContain("does not fight here");
});
