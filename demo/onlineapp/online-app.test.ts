import { createMemoryHub, defineApp, hash, startApp } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { OnlineSer } from "../gen/online_pb.js";
import { RoleSer } from "../gen/role_pb.js";
import roleApp from "../roleapp/app.ts";
import onlineApp from "./app.ts";

const onlineIds = ["demo.world1.online.1", "demo.world1.online.2"] as const;
const roleIds = ["demo.world1.role.1", "demo.world1.role.2"] as const;
const patience = { timeout: 20_000 };
const long = { timeoutMs: 15_000 };
const store = "[[Plugin.DB.db_memory]]\n";
const onOnline = `${store}[[Plugin.Lease.lease_online]]\nLeaseKeepLiveTime = 8\n`;

/** Two online apps, two apps with roles whose leases they keep, and one that asks. */
async function startOnline() {
  const hub = createMemoryHub();
  const start = async (app: Parameters<typeof startApp>[0], id: string, config: string) => {
    const started = await startApp(app, { id, config, hub });
    onTestFinished(() => started.stop());
    return started;
  };
  const [leader] = [await start(onlineApp, onlineIds[0], store), await start(onlineApp, onlineIds[1], store)];
  const caller = await start(defineApp({ func: "caller", servers: [] }), "demo.world1.caller.1", "");
  const online = caller.client(OnlineSer);
  // The others start once one of them leads.
  await online.onlineStore({}, long);
  for (const id of roleIds) await start(roleApp, id, onOnline);
  const roles = (roleId: bigint) => ({
    calls: caller.client(RoleSer).to(hash(roleId)),
    as: { metadata: { roleid: String(roleId) }, ...long },
  });
  const login = async (roleId: bigint) => {
    const { calls, as } = roles(roleId);
    await calls.roleLogin({}, as);
  };
  const where = async (roleId: bigint) => online.onlineRead({ roleId }, long);
  return { hub, leader, online, roles, login, where };
}

const many = Array.from({ length: 20 }, (_, index) => BigInt(index + 1));

test("a role is online where its actor is, until that ends", async () => {
  const { leader, online, roles, login, where } = await startOnline();
  // One name for all apps that share the store of rows: starting a role app must not raise its epoch.
  expect((await online.onlineStore({})).storeName).toBe(await leader.leases.storeName());
  expect(await where(1n)).toMatchObject({ appId: "" });
  await Promise.all(many.map(login));
  const apps = new Map<string, bigint[]>();
  for (const roleId of many) {
    const { appId } = await where(roleId);
    apps.set(appId, [...(apps.get(appId) ?? []), roleId]);
  }
  expect([...apps.keys()].sort()).toEqual(roleIds);
  const counts = (await online.onlineCount({})).apps.map(({ appId, roles: count }) => [appId, count]);
  expect(new Map(counts.map(([appId, count]) => [appId, count]))).toEqual(
    new Map([...apps].map(([appId, ids]) => [appId, ids.length])),
  );
  for (const [appId, ids] of apps) {
    const page = (await online.onlineList({ appId, limit: 3 })).roleIds;
    expect(page).toEqual(ids.slice(0, 3));
    const rest = await online.onlineList({ appId, afterRoleId: page.at(-1) ?? 0n });
    expect([...page, ...rest.roleIds]).toEqual(ids);
  }
  const { calls, as } = roles(1n);
  await calls.roleKick({ roleId: 1n }, as);
  await expect.poll(async () => (await where(1n)).appId, patience).toBe("");
});

test("an app says itself who is online on it", async () => {
  const { online } = await startOnline();
  const [here, elsewhere] = roleIds;
  const { counter } = await online.onlineCreate({ roleId: 7n, appId: here });
  expect(await online.onlineCreate({ roleId: 7n, appId: here })).toMatchObject({ counter });
  await expect(online.onlineCreate({ roleId: 7n, appId: elsewhere })).rejects.toThrow(`role 7 is online on ${here}`);
  await expect(online.onlineCreate({ roleId: 8n, appId: "demo.world1.role.9" })).rejects.toThrow("has no session");
  await online.onlineDelete({ roleId: 7n, appId: elsewhere });
  expect(await online.onlineRead({ roleId: 7n })).toMatchObject({ appId: here, counter });
  await online.onlineDelete({ roleId: 7n, appId: here });
  const moved = await online.onlineCreate({ roleId: 7n, appId: elsewhere });
  expect(moved.counter).toBeGreaterThan(counter);
});

test.each([
  ["stops", async ({ leader }: Awaited<ReturnType<typeof startOnline>>) => leader.stop()],
  ["loses its lease", async ({ hub }: Awaited<ReturnType<typeof startOnline>>) => hub.leaseFaults.expire(onlineIds[0])],
])("when the leader %s all roles stay where they are, with the fences they have", async (_what, fail) => {
  const started = await startOnline();
  const { login, where, roles } = started;
  await Promise.all(many.map(login));
  const before = await Promise.all(many.map(where));
  await fail(started);
  for (const [index, roleId] of many.entries()) {
    await expect.poll(async () => where(roleId), patience).toEqual(before[index]);
    const { calls, as } = roles(roleId);
    expect((await calls.roleModifyName({ newName: `June${roleId}` }, as)).name).toBe(`June${roleId}`);
  }
  await login(100n);
  const { appId, counter } = await where(100n);
  expect(roleIds).toContain(appId);
  for (const known of before) expect(counter).toBeGreaterThan(known.counter);
});
