import { defineApp, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { UidSer } from "../gen/uid_pb.js";
import uidApp from "./app.ts";

const ids = ["demo.world1.uid.1", "demo.world1.uid.2"] as const;
const callerId = "demo.world1.caller.1";
const long = { timeoutMs: 10_000 };

/** A leader, one that stands by, and an app that asks. They share a store. */
async function startUids() {
  const cluster = await startCluster([
    ...ids.map((id) => ({ app: uidApp, id })),
    { app: defineApp({ func: "caller", servers: [] }), id: callerId },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return { cluster, uids: cluster.app(callerId).client(UidSer) };
}

test("an account has one role for ever, also when it asks many times at once", async () => {
  const { uids } = await startUids();
  const ask = async (openId: string) => (await uids.allocRoleId({ openId }, long)).roleId;
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("OpenId-June")));
  expect(new Set(answers).size).toBe(1);
  expect(await ask("OpenId-Mike")).not.toBe(answers[0]);
  expect(await ask("OpenId-June")).toBe(answers[0]);
});

test("ids of clubs never repeat", async () => {
  const { uids } = await startUids();
  const clubs = await Promise.all(Array.from({ length: 250 }, () => uids.allocClubId({ roleId: 1n }, long)));
  expect(new Set(clubs.map(({ clubId }) => clubId)).size).toBe(250);
});

test("the next leader knows every role, and repeats no id", async () => {
  const { cluster, uids } = await startUids();
  const roles = new Map<string, bigint>();
  const ask = async (openId: string) => {
    const { roleId } = await uids.allocRoleId({ openId }, long);
    expect(roles.get(openId) ?? roleId).toBe(roleId);
    roles.set(openId, roleId);
  };
  for (let round = 0; round < 2; round++) {
    for (let account = 0; account < 10 * (round + 1); account++) await ask(`OpenId-${account}`);
    const { roleId } = await uids.allocRoleId({ openId: `OpenId-round${round}` }, long);
    expect([...roles.values()]).not.toContain(roleId);
    roles.set(`OpenId-round${round}`, roleId);
    // Whoever leads stops first.
    if (round === 0) await cluster.app(ids[0]).stop();
  }
  expect(new Set(roles.values()).size).toBe(roles.size);
});

test("an account needs a name", async () => {
  const { uids } = await startUids();
  await expect(uids.allocRoleId({}, long)).rejects.toThrow("open_id is empty: name the account");
});
