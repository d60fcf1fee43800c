import { RoleSer } from "../gen/role_pb.js";
import { check } from "./check.ts";
import { gateOf, type Mode, type PlayOptions } from "./mode.ts";
import { findFight, playFight } from "./play-fight.ts";
import { login, type Player } from "./player.ts";

/** One player looks for opponents and thinks better of it; then it finds one: somebody who looks too, or a bot. */
export const match: Mode = async (options, print) => {
  using player = await loginRole(options, 0);
  const role = player.client.service(RoleSer);
  check("RoleMatchJoin", (await role.roleMatchJoin({})).fightId, "");
  check("RoleMatchCancel", (await role.roleMatchCancel({})).fightId, "");
  print("RoleMatchJoin, RoleMatchCancel -> done");
  const fightId = await findFight(player);
  print(`RoleMatchJoin -> fight ${fightId}`);
  check("RoleMatchJoin once more", (await role.roleMatchJoin({})).fightId, fightId);
  // It would be sent back to this fight at its next search.
  await playFight(player, fightId);
};

/** Two players look for opponents, fight as well as a bot does, and have what it brought them. */
export const fight: Mode = async (options, print) => {
  using one = await loginRole(options, 1);
  using other = await loginRole(options, 2);
  const told = await Promise.all([one, other].map(fightOnce));
  for (const line of told) print(line);
};

/** Finds a fight and fights it to the end. Resolves with what it brought. */
export async function fightOnce(player: Player): Promise<string> {
  const role = player.client.service(RoleSer);
  const before = (await role.roleGetInfo({})).roleDb;
  const { winner, scores } = await playFight(player, await findFight(player));
  const own = scores.find(({ roleId }) => roleId === player.roleId);
  if (own === undefined) throw new Error(`the result of a fight says nothing of role ${player.roleId}`);
  const after = (await role.roleGetInfo({})).roleDb;
  check("RoleGetInfo's rating", after?.rating, (before?.rating ?? 0) + own.ratingChange);
  check("RoleGetInfo's power", after?.power, (before?.power ?? 0) + own.powerChange);
  const end = winner < 0 ? "a draw" : `side ${winner} won`;
  return `role ${player.roleId}: ${end}, ${own.kills} kills, ${own.deaths} deaths, rating ${after?.rating}`;
}

/** The player with this number, whose role is there. */
export async function loginRole(options: PlayOptions, index: number): Promise<Player> {
  const player = await login(gateOf(options, index), `${options.token}-${index}`);
  await player.client.service(RoleSer).roleLogin({});
  return player;
}
