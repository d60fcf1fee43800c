import { once } from "node:events";
import { cp, rename } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { EtcdClient, EtcdRenewer, readAccess } from "@m3game/etcd-client";
import { Lease } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import {
  acquireWhenFree,
  createPluginContext,
  describeWithService,
  describeWithTool,
  launchService,
} from "@m3game/testing";
import { EtcdCluster, EtcdSnapshot } from "@m3game/testing/services";
import { type Claim, createMemoryHub, type DbScope, dbMemory } from "m3game";
import { afterEach, beforeEach, expect, test } from "vitest";
import { etcdConfig } from "../src/config.ts";
import { startOwnership } from "./support/start-ownership.ts";

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(() => cleanup.disposeAsync());

/** The address of one that takes connections and says nothing. */
async function listenSilently(): Promise<string> {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
  cleanup.defer(() => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(silent, "listening");
  const bound = silent.address();
  if (bound === null || typeof bound === "string") throw new Error("it listens at no port");
  return `127.0.0.1:${bound.port}`;
}

describeWithService("etcd", "an etcd that fails", () => {
  test("pitfall 9: what a leader that was stopped ends early when it wakes up is dropped, and the next owner's fence is newer", async () => {
    const cluster = cleanup.use(await EtcdCluster.start());
    const config = { Endpoints: cluster.endpoints, LeaseKeepLiveTime: 3, DialTimeout: 1 };
    const { ownership: one } = cleanup.use(await startOwnership("c.w.f.1", config));
    const { ownership: two } = cleanup.use(await startOwnership("c.w.f.2", { ...config, LeaseKeepLiveTime: 60 }));
    const claim = await acquireWhenFree(one, "a");
    const leader = await cluster.leader();
    leader.signal("SIGSTOP");
    // Longer than the session, which another leader renews meanwhile.
    setTimeout(() => leader.signal("SIGCONT"), 4000);
    const until = performance.now() + 6000;
    let next: Claim | undefined;
    while (next === undefined && performance.now() < until) {
      await delay(50);
      const result = await two.acquire("a").catch(() => undefined);
      if (result?.status === "acquired") next = result.claim;
    }
    // Not ended early this time: given up.
    if (next === undefined) await claim.release();
    next ??= await acquireWhenFree(two, "a");
    expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
    await expect.poll(() => claim.isHeld()).toBe(false);
    expect(next.isHeld()).toBe(true);
  });

  test("of three members the leader hangs, which is found out: others are asked, also while they elect another", async () => {
    const cluster = cleanup.use(await EtcdCluster.start());
    const leader = await cluster.leader();
    // The first is asked as long as it answers.
    const members = [leader, ...cluster.members.filter((member) => member !== leader)];
    const Endpoints = members.map(({ address }) => address).join(",");
    const config = { Endpoints, LeaseKeepLiveTime: 3600, DialTimeout: 3600 };
    const { ownership } = cleanup.use(await startOwnership("c.w.f.1", config));
    leader.signal("SIGSTOP");
    let isAnswered = false;
    const first = ownership.holder("a").finally(() => {
      isAnswered = true;
    });
    // Those that were asked meanwhile find that out too.
    const others: Promise<unknown>[] = [];
    while (!isAnswered) {
      others.push(ownership.holder("b"));
      await delay(100);
    }
    expect(await Promise.all([first, ...others])).toEqual([first, ...others].map(() => undefined));
    expect((await acquireWhenFree(ownership, "a")).isHeld()).toBe(true);
  });

  test("a renewal that members leave unanswered is asked of the others, too", async () => {
    await using etcd = await launchService("etcd");
    const address = await listenSilently();
    const access = await readAccess(
      etcdConfig.parse({ Endpoints: [address, address, etcd.address].join(",") }),
      "lease_etcd",
    );
    using client = new EtcdClient({ ...access, endpoints: access.endpoints.slice(2) });
    const { id } = await client.ask(Lease.method.leaseGrant, { ttl: 60n });
    await using renewer = new EtcdRenewer(access, id);
    const { signal } = new AbortController();
    expect(await renewer.renew(signal)).toBe(60_000);
    expect(await renewer.renew(signal)).toBe(60_000);
    await client.ask(Lease.method.leaseRevoke, { id });
    expect(await renewer.renew(signal)).toBeLessThanOrEqual(0);
  });

  test("renewals that have no time to ask all members get to each of them", async () => {
    await using etcd = await launchService("etcd");
    const address = await listenSilently();
    const Endpoints = [address, address, address, address, etcd.address].join(",");
    const access = await readAccess(etcdConfig.parse({ Endpoints }), "lease_etcd");
    using client = new EtcdClient({ ...access, endpoints: access.endpoints.slice(4) });
    const { id } = await client.ask(Lease.method.leaseGrant, { ttl: 60n });
    await using renewer = new EtcdRenewer(access, id);
    // The time that a session of 3.6 s has for each: three members are asked.
    const renew = () => renewer.renew(AbortSignal.timeout(1200)).catch(() => undefined);
    await expect.poll(renew).toBe(60_000);
  });

  test("pitfall 13: data that are wiped make a new store: the epoch rises, for apps that ran too, and old owners stay out", async () => {
    const server = cleanup.use(await launchService("etcd"));
    const db = cleanup.use(await dbMemory(createMemoryHub()).create({}, createPluginContext("c.w.f.1")));
    const config = { Endpoints: server.address, LeaseKeepLiveTime: 6, DialTimeout: 1 };
    const epoch = (storeName: string) => db.enterEpoch(storeName);
    const { ownership, lease } = cleanup.use(await startOwnership("c.w.f.1", config, { epoch }));
    for (let count = 0; count < 5; count++) await acquireWhenFree(ownership, `other/${count}`);
    const scopeOf = async (): Promise<DbScope> => ({
      claim: "a",
      fence: (await acquireWhenFree(ownership, "a")).fence,
    });
    const old = await scopeOf();
    await db.raiseFence(old);
    const name = await lease.storeName();
    await server.stop("SIGKILL");
    await server.wipe();
    await server.start();
    while (ownership.owns()) await delay(20);
    await ownership.rejoin();
    expect(await lease.storeName()).not.toBe(name);
    const current = await scopeOf();
    expect(current.fence.counter).toBeLessThan(old.fence.counter);
    await db.raiseFence(current);
    await expect(db.raiseFence(old)).rejects.toMatchObject({ reason: "FENCED" });
    const { ownership: other } = cleanup.use(await startOwnership("c.w.f.2", config, { epoch }));
    const later = await acquireWhenFree(other, "b");
    expect(later.fence.epoch).toBe(current.fence.epoch);
  });

  test("pitfall 13: a disk that is put back keeps its name: the epoch rises once the data store refuses a new owner", async () => {
    const server = cleanup.use(await launchService("etcd"));
    const db = cleanup.use(await dbMemory(createMemoryHub()).create({}, createPluginContext("c.w.f.1")));
    const config = { Endpoints: server.address, LeaseKeepLiveTime: 20, DialTimeout: 1 };
    const store = { epoch: (name: string) => db.enterEpoch(name), raiseEpoch: () => db.raiseEpoch() };
    const { ownership: one } = cleanup.use(await startOwnership("c.w.f.1", config, store));
    await server.stop();
    const disk = `${server.dataDir}.old`;
    await cp(server.dataDir, disk, { recursive: true });
    await server.start();
    for (let count = 0; count < 5; count++) await acquireWhenFree(one, `other/${count}`);
    const old = { claim: "a", fence: (await acquireWhenFree(one, "a")).fence };
    await db.raiseFence(old);
    await server.stop("SIGKILL");
    await server.wipe();
    await rename(disk, server.dataDir);
    await server.start();

    const { ownership: two } = cleanup.use(await startOwnership("c.w.f.2", config, store));
    const claim = await acquireWhenFree(two, "a");
    expect(claim.fence.epoch).toBe(old.fence.epoch);
    await expect(db.raiseFence({ claim: "a", fence: claim.fence })).rejects.toMatchObject({ reason: "FENCED" });
    two.fenceRefused(claim);
    await expect.poll(() => two.owns()).toBe(false);
    await two.rejoin();
    await db.raiseFence({ claim: "a", fence: (await acquireWhenFree(two, "a")).fence });
    await expect(db.raiseFence(old)).rejects.toMatchObject({ reason: "FENCED" });
  });
});

describeWithTool("etcdctl", "an etcd that is restored from a snapshot", () => {
  test("pitfall 13: a session that was in the snapshot does not go on: its claims may be older than those of before", async () => {
    const server = cleanup.use(await launchService("etcd"));
    const db = cleanup.use(await dbMemory(createMemoryHub()).create({}, createPluginContext("c.w.f.1")));
    const config = { Endpoints: server.address, LeaseKeepLiveTime: 20, DialTimeout: 1 };
    const epoch = (storeName: string) => db.enterEpoch(storeName);
    const { ownership: one } = cleanup.use(await startOwnership("c.w.f.1", config, { epoch }));
    const kept = await acquireWhenFree(one, "kept");
    const snapshot = cleanup.use(await EtcdSnapshot.save(server));
    for (let count = 0; count < 5; count++) await acquireWhenFree(one, `other/${count}`);
    const old = { claim: "a", fence: (await acquireWhenFree(one, "a")).fence };
    await db.raiseFence(old);
    await server.stop("SIGKILL");
    await snapshot.restore(server);
    await server.start();
    await expect.poll(() => one.state).toBe("lost");
    expect(kept.isHeld()).toBe(false);

    const { ownership: two } = cleanup.use(await startOwnership("c.w.f.2", config, { epoch }));
    const current = { claim: "a", fence: (await acquireWhenFree(two, "a")).fence };
    expect(current.fence.counter).toBeLessThan(old.fence.counter);
    await db.raiseFence(current);
    await expect(db.raiseFence(old)).rejects.toMatchObject({ reason: "FENCED" });
    await one.rejoin();
    expect((await acquireWhenFree(one, "kept")).fence.epoch).toBe(current.fence.epoch);
  });
});
