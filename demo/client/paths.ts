import { type RoleDB, RoleSer } from "../gen/role_pb.js";
import { check } from "./check.ts";
import type { Print } from "./mode.ts";
import { login } from "./player.ts";

/** What one player does, from the login to the last call. Rejects when an answer is not as it should be. */
export type Path = (gate: string, token: string, print: Print) => Promise<void>;

const newName = "NewName";
const powerUp = 1000;

/** The path that players take most: log in, change the role, look at it. */
export const test1: Path = async (gate, token, print) => {
  using player = await login(gate, token);
  print(`Auth -> role ${player.roleId}`);
  const role = player.client.service(RoleSer);
  const before = (await role.roleLogin({})).roleDb;
  print(`RoleLogin -> ${describe(before)}`);
  check("RoleLogin", before?.roleId, player.roleId);
  const { name } = await role.roleModifyName({ newName });
  print(`RoleModifyName -> ${name}`);
  check("RoleModifyName", name, newName);
  const { power } = await role.rolePowerUp({ powerUp });
  print(`RolePowerUp -> ${power}`);
  check("RolePowerUp", power, (before?.power ?? 0) + powerUp);
  for (const detail of [false, true]) {
    const { roleDb } = await role.roleGetInfo({ detail });
    print(`RoleGetInfo ${detail ? "detail" : "brief"} -> ${describe(roleDb)}`);
    check("RoleGetInfo", [roleDb?.name, roleDb?.power], [name, power]);
    check("RoleGetInfo's view", roleDb?.fight?.plus !== undefined, detail);
  }
};

/** Clubs: one is made and cancelled. */
export const test2: Path = async (gate, token, print) => {
  using player = await login(gate, token);
  const role = player.client.service(RoleSer);
  await role.roleLogin({});
  const club = async () => (await role.roleGetInfo({})).clubRoleDb?.clubId;
  print(`RoleGetInfo -> ${(await club()) ?? "no"} club`);
  const { clubId } = await role.roleCreateClub({});
  print(`RoleCreateClub -> ${clubId}`);
  check("RoleGetInfo", await club(), clubId);
  const { clubDb } = await role.roleGetClubInfo({});
  print(`RoleGetClubInfo -> club ${clubDb?.clubId} of role ${clubDb?.ownerId}`);
  check("RoleGetClubInfo", [clubDb?.clubId, clubDb?.ownerId], [clubId, player.roleId]);
  await role.roleCancelClub({});
  print("RoleCancelClub -> done");
  check("RoleGetInfo", await club(), undefined);
};

function describe(role: RoleDB | undefined): string {
  return role === undefined ? "nothing" : `${role.name}, power ${role.power}`;
}
