import { setTimeout as delay } from "node:timers/promises";
import { acquireWhenFree, createPluginContext, describeWithService, launchService } from "@m3game/testing";
import { createMemoryHub, type DbScope, dbMemory } from "m3game";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EtcdCluster } from "./support/etcd-cluster.ts";
import { startOwnership } from "./support/start-ownership.ts";

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(() => cleanup.disposeAsync());

describeWithService("etcd", "an etcd that fails", () => {
  test("pitfall 9: while a leader that was stopped wakes up, at most one app owns, and a newer fence is a newer owner's", async () => {
    const cluster = cleanup.use(await EtcdCluster.start());
    const config = { Endpoints: cluster.endpoints, LeaseKeepLiveTime: 3, DialTimeout: 1 };
    const { ownership: one } = cleanup.use(await startOwnership("c.w.f.1", config));
    const { ownership: two } = cleanup.use(await startOwnership("c.w.f.2", { ...config, LeaseKeepLiveTime: 60 }));
    const claim = await acquireWhenFree(one, "a");
    const leader = await cluster.leader();
    leader.signal("SIGSTOP");
    // As long as a session without the leader would last; then its leases are those of another leader.
    const until = performance.now() + 6000;
    setTimeout(() => leader.signal("SIGCONT"), 4000);
    while (performance.now() < until) {
      const result = await two.acquire("a").catch(() => undefined);
      if (result?.status !== "acquired") {
        await delay(50);
        continue;
      }
      expect(result.claim.fence.counter).toBeGreaterThan(claim.fence.counter);
      expect(claim.isHeld()).toBe(false);
      break;
    }
    leader.signal("SIGCONT");
    if (!claim.isHeld()) await one.rejoin();
    const next = await acquireWhenFree(one.owns() && claim.isHeld() ? one : two, "a");
    expect(next.fence.counter).toBeGreaterThanOrEqual(claim.fence.counter);
  });

  test("pitfall 13: data that are wiped make a new store: the epoch rises, for apps that ran too, and old owners stay out", async () => {
    const server = cleanup.use(await launchService("etcd"));
    const db = cleanup.use(await dbMemory(createMemoryHub()).create({}, createPluginContext("c.w.f.1")));
    const config = { Endpoints: server.address, LeaseKeepLiveTime: 3, DialTimeout: 1 };
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
});
