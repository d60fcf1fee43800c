import { createFaultyDb, createPluginContext } from "@m3game/testing";
import {
  type ClusterMember,
  Code,
  createMemoryHub,
  type Db,
  type DbWriteResult,
  dbMemory,
  defineApp,
  definePlugin,
  hash,
  M3Error,
  startCluster,
} from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import clubApp from "../clubapp/app.ts";
import { ClubRoleEntity } from "../clubapp/club-entities.ts";
import clubRoleApp from "../clubroleapp/app.ts";
import { RoleSer } from "../gen/role_pb.js";
import uidApp from "../uidapp/app.ts";
import roleApp from "./app.ts";
import { RoleEntity } from "./role-entity.ts";

const callerId = "demo.world1.caller.1";
const store = "[[Plugin.DB.db_memory]]\n";
const savedSoon = `${store}[[Server.Actor]]\nSaveTimeInter = 0.05\n`;
const patience = { timeout: 20_000 };

const role = (ins: number): ClusterMember => ({ app: roleApp, id: `demo.world1.role.${ins}`, config: savedSoon });

/** All apps behind the gate, and one that calls as the gate does. */
async function startGame(roles: readonly ClusterMember[] = [1, 2].map((ins) => role(ins))) {
  const cluster = await startCluster([
    { app: uidApp, id: "demo.world1.uid.1", config: store },
    { app: clubApp, id: "demo.world1.club.1", config: store },
    { app: clubRoleApp, id: "demo.world1.clubrole.1", config: store },
    ...roles,
    { app: defineApp({ func: "caller", servers: [] }), id: callerId, config: store },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const caller = cluster.app(callerId);
  /** The calls of one player. */
  const player = (roleId: bigint) => {
    const calls = caller.client(RoleSer).to(hash(roleId));
    const as = { metadata: { roleid: String(roleId) }, timeoutMs: 10_000 };
    return { calls, as };
  };
  return { player, entities: caller.entities() };
}

test("a role logs in, is renamed, grows stronger, and shows what a view lets through", async () => {
  const { player } = await startGame();
  const { calls, as } = player(1n);
  await expect(calls.roleGetInfo({}, as)).rejects.toThrow("role 1 has not logged in yet");
  expect((await calls.roleLogin({}, as)).roleDb).toMatchObject({ roleId: 1n, name: "Role1", power: 0 });
  expect(await calls.roleModifyName({ newName: "NewName" }, as)).toMatchObject({ name: "NewName" });
  expect(await calls.rolePowerUp({ powerUp: 1000 }, as)).toMatchObject({ power: 1000 });
  const brief = (await calls.roleGetInfo({}, as)).roleDb;
  const detail = (await calls.roleGetInfo({ detail: true }, as)).roleDb;
  expect(brief).toMatchObject({ name: "NewName", power: 1000, fight: { base: {} } });
  expect([brief?.fight?.plus, detail?.fight?.plus]).toEqual([undefined, expect.anything()]);
  expect((await calls.roleLogin({}, as)).roleDb).toMatchObject({ name: "NewName", power: 1000 });
  expect(await calls.roleGetInfo({}, as)).toMatchObject({
    appId: expect.stringMatching(/role\.[12]$/),
    gateId: callerId,
  });
});

test.each([
  ["an empty name", { newName: "" }],
  ["a long name", { newName: "x".repeat(33) }],
])("%s is refused", async (_what, request) => {
  const { player } = await startGame();
  const { calls, as } = player(1n);
  await calls.roleLogin({}, as);
  await expect(calls.roleModifyName(request, as)).rejects.toThrow("new_name must have 1 to 32 characters");
});

test("power never overflows", async () => {
  const { player } = await startGame();
  const { calls, as } = player(1n);
  await calls.roleLogin({}, as);
  for (const powerUp of [0, -5, 1_000_001]) {
    await expect(calls.rolePowerUp({ powerUp }, as)).rejects.toThrow("power_up must be 1 to 1000000");
  }
});

test("a role founds a club, another joins and leaves, and it is cancelled", async () => {
  const { player } = await startGame();
  const [owner, guest] = [player(1n), player(2n)];
  for (const { calls, as } of [owner, guest]) await calls.roleLogin({}, as);
  const { clubId } = await owner.calls.roleCreateClub({}, owner.as);
  expect((await owner.calls.roleGetClubInfo({}, owner.as)).clubDb).toMatchObject({ clubId, ownerId: 1n });
  expect((await owner.calls.roleGetInfo({}, owner.as)).clubRoleDb).toMatchObject({ clubId });
  expect((await guest.calls.roleGetClubInfo({}, guest.as)).clubDb).toBeUndefined();
  await expect(owner.calls.roleCreateClub({}, owner.as)).rejects.toThrow("the role is in a club already");
  await guest.calls.roleJoinClub({ clubId }, guest.as);
  expect((await guest.calls.roleGetClubRoleInfo({}, guest.as)).clubRoleDb).toMatchObject({ roleId: 2n, clubId });
  expect((await guest.calls.roleGetClubList({ limit: 1 }, guest.as)).clubDbs).toMatchObject([{ clubId }]);
  await expect(guest.calls.roleGetClubList({ limit: 101 }, guest.as)).rejects.toThrow("limit must be 1 to 100");
  await expect(owner.calls.roleCancelClub({}, owner.as)).rejects.toThrow("has members still");
  await guest.calls.roleExitClub({}, guest.as);
  await owner.calls.roleCancelClub({}, owner.as);
  expect((await owner.calls.roleGetClubList({}, owner.as)).clubDbs).toEqual([]);
  expect((await owner.calls.roleGetInfo({}, owner.as)).clubRoleDb).toBeUndefined();
});

test("what a role had begun when its app died is done when it is active again", async () => {
  const { player, entities } = await startGame();
  const { calls, as } = player(5n);
  const command = { kind: { case: "createClub" as const, value: { clubId: 77n } } };
  await entities.create(RoleEntity, 5n, { name: "June", command });
  await calls.roleLogin({}, as);
  await expect.poll(async () => (await calls.roleGetClubInfo({}, as)).clubDb, patience).toMatchObject({ clubId: 77n });
  await expect.poll(async () => (await entities.load(RoleEntity, 5n))?.data.command, patience).toBeUndefined();
});

test("what a role could not store is not begun before it is stored", async () => {
  const rows = await dbMemory(createMemoryHub()).create({}, createPluginContext("demo.world1.role.1"));
  let isFull = false;
  const full: DbWriteResult = { status: "failed", error: new M3Error(Code.RESOURCE_EXHAUSTED, "the disk is full") };
  const write: Db["write"] = async (groups, options) =>
    isFull ? groups.map(({ writes }) => writes.map(() => full)) : rows.write(groups, options);
  const create = () => ({ ...createFaultyDb(rows), write });
  const plugins = [definePlugin({ kind: "db", name: "db_full", config: z.object({}), create })];
  const config = "[[Plugin.DB.db_full]]\n[[Server.Actor]]\nSaveTimeInter = 300\n";
  const { player } = await startGame([{ ...role(1), plugins, config }]);
  const { calls, as } = player(1n);
  await calls.roleLogin({}, as);
  isFull = true;
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(calls.roleCreateClub({}, as)).rejects.toThrow("the disk is full");
    expect((await calls.roleGetClubInfo({}, as)).clubDb).toBeUndefined();
  }
  isFull = false;
  await expect(calls.roleCreateClub({}, as)).rejects.toThrow(/in another club|in a club already/);
  expect((await calls.roleGetClubInfo({}, as)).clubDb).toMatchObject({ ownerId: 1n });
});

test("what was begun and can't be done any more is given up", async () => {
  const { player, entities } = await startGame();
  const { calls, as } = player(6n);
  await entities.create(ClubRoleEntity, 6n, { clubId: 99n });
  await entities.create(RoleEntity, 6n, { command: { kind: { case: "createClub", value: { clubId: 78n } } } });
  await calls.roleLogin({}, as);
  await expect.poll(async () => (await entities.load(RoleEntity, 6n))?.data.command, patience).toBeUndefined();
  expect((await entities.load(ClubRoleEntity, 6n))?.data.clubId).toBe(99n);
});
