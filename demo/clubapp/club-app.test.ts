import { defineApp, isM3Error, p2p, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import clubRoleApp from "../clubroleapp/app.ts";
import { ClubDaemonSer, ClubSer } from "../gen/club_pb.js";
import { ClubRoleSer } from "../gen/clubrole_pb.js";
import clubApp from "./app.ts";
import { ClubSlot } from "./club-slot.ts";
import { placeOf, slotIds } from "./slots.ts";

const ids = ["demo.world1.club.1", "demo.world1.club.2"] as const;
const callerId = "demo.world1.caller.1";
const patience = { timeout: 20_000 };
const [owner, june, mike] = [1n, 2n, 3n];
const store = "[[Plugin.DB.db_memory]]\n";

/** Two club apps, one that knows who is where, and one that asks. */
async function startClubs({ rebalanceSeconds = 0 } = {}) {
  const cluster = await startCluster([
    ...ids.map((id) => ({
      app: clubApp,
      id,
      config: `${store}[[Server.Actor]]\nRebalanceTime = ${rebalanceSeconds}\n`,
    })),
    { app: clubRoleApp, id: "demo.world1.clubrole.1", config: store },
    { app: defineApp({ func: "caller", servers: [] }), id: callerId },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const caller = cluster.app(callerId);
  return { cluster, clubs: caller.client(ClubSer), roles: caller.client(ClubRoleSer), caller };
}

const of = (clubId: bigint, roleId: bigint) => ({ ...placeOf(clubId), roleId });

/** The message of what the call fails with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  return isM3Error(error) ? error.message : String(error);
}

test("a club is founded, joined, left and cancelled", async () => {
  const { clubs, roles } = await startClubs();
  await clubs.clubCreate(of(100n, owner));
  await clubs.clubJoin(of(100n, june));
  expect((await clubs.clubRead(placeOf(100n))).clubDb).toMatchObject({ clubId: 100n, ownerId: owner });
  expect((await clubs.clubRoleInfo(of(100n, june))).clubRoleDb).toMatchObject({ clubId: 100n, roleId: june });
  expect(await roles.clubRoleRead({ roleId: june })).toMatchObject({ clubId: 100n });
  expect((await roles.clubRolePage({ clubId: 100n })).clubRoleDbs).toMatchObject([{ roleId: owner }, { roleId: june }]);
  expect(await refusal(clubs.clubDelete(of(100n, owner)))).toContain("club 100 has members still");
  expect(await refusal(clubs.clubExit(of(100n, owner)))).toContain("the owner can't leave the club");
  await clubs.clubExit(of(100n, june));
  expect(await refusal(clubs.clubDelete(of(100n, june)))).toContain("club 100 belongs to another role");
  await clubs.clubDelete(of(100n, owner));
  expect((await clubs.clubRead(placeOf(100n))).clubDb).toBeUndefined();
  expect(await roles.clubRoleRead({ roleId: owner })).toMatchObject({ clubId: 0n });
});

test("what is asked again changes nothing", async () => {
  const { clubs, roles } = await startClubs();
  for (let time = 0; time < 2; time++) await clubs.clubCreate(of(7n, owner));
  for (let time = 0; time < 2; time++) await clubs.clubJoin(of(7n, june));
  expect((await roles.clubRolePage({ clubId: 7n })).clubRoleDbs).toHaveLength(2);
  for (let time = 0; time < 2; time++) await clubs.clubExit(of(7n, june));
  for (let time = 0; time < 2; time++) await clubs.clubDelete(of(7n, owner));
  expect((await roles.clubRolePage({ clubId: 7n })).clubRoleDbs).toEqual([]);
});

test("a role is in one club at most, whatever it asks for at the same time", async () => {
  const { clubs, roles } = await startClubs();
  const many = [20n, 21n, 22n, 23n];
  await Promise.all(many.map((clubId) => clubs.clubCreate(of(clubId, clubId + 1000n))));
  const joined = await Promise.allSettled(many.map((clubId) => clubs.clubJoin(of(clubId, mike))));
  expect(joined.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const { clubId } = await roles.clubRoleRead({ roleId: mike });
  expect(many).toContain(clubId);
  expect(await refusal(clubs.clubCreate(of(30n, mike)))).toContain("role 3 is in another club");
  expect((await clubs.clubRead(placeOf(30n))).clubDb).toBeUndefined();
});

test("slots spread over the apps, move with their clubs, and all are somewhere when an app goes", async () => {
  const { cluster, clubs, caller } = await startClubs({ rebalanceSeconds: 1 });
  const [first, second] = ids;
  const slotsOf = (id: string) => cluster.app(id).actors(ClubSlot).list();
  await expect.poll(() => slotsOf(first).length + slotsOf(second).length, patience).toBe(slotIds.length);
  await expect.poll(() => Math.min(slotsOf(first).length, slotsOf(second).length), patience).toBeGreaterThan(0);
  await clubs.clubCreate(of(40n, owner));
  const slot = String(placeOf(40n).slotId);
  const [home, other] = slotsOf(first).includes(slot) ? [first, second] : [second, first];
  const daemon = (app: string) => caller.client(ClubDaemonSer).to(p2p(app));
  expect((await daemon(home).clubList({})).clubDbs).toMatchObject([{ clubId: 40n }]);
  await daemon(home).clubKick({ leaseId: slot });
  await expect.poll(async () => (await daemon(other).clubList({})).clubDbs, patience).toMatchObject([{ clubId: 40n }]);
  await cluster.app(home).stop();
  expect((await clubs.clubRead(placeOf(40n))).clubDb).toMatchObject({ ownerId: owner });
  await expect.poll(() => slotsOf(other).length, patience).toBe(slotIds.length);
});
