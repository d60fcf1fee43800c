import { expect, test, vi } from "vitest";
import { callerApp, failure, frontApp, startTestCluster } from "../../test/support/cluster.ts";
import { HeroEntity } from "../../test/support/hero-entity.ts";
import type { Leadership } from "../ownership/leader.ts";
import { compareFences } from "../plugin/fence.ts";
import type { App } from "./app.ts";

const config = "[[Plugin.Lease.lease_memory]]\n";
const [one, two] = ["test.w1.caller.1", "test.w1.front.1"];

/** Two apps of different functions that may own things. */
function startOwners() {
  return startTestCluster([
    { app: callerApp(), id: one, config },
    { app: frontApp(), id: two, config },
  ]);
}

test("a lease goes from app to app with what its holder gives along", async () => {
  const cluster = await startOwners();
  const [first, second] = [cluster.app(one), cluster.app(two)];
  const held = await first.leases.acquire("shop", {
    onHandover: ({ targetApp }) => new TextEncoder().encode(targetApp),
  });
  expect(held.status).toBe("acquired");
  expect(await second.leases.holder("shop")).toMatchObject({ app: one });
  const { claim, moved } = await second.leases.handover("shop");
  expect(new TextDecoder().decode(moved)).toBe(two);
  expect(claim.isHeld()).toBe(true);
  expect(held.status === "acquired" && held.claim.isHeld()).toBe(false);
  expect(held.status === "acquired" && compareFences(claim.fence, held.claim.fence)).toBeGreaterThan(0);
  await second.leases.release("shop");
  expect(await first.leases.holder("shop")).toBeUndefined();
});

test("a holder that refuses keeps its lease", async () => {
  const cluster = await startOwners();
  const held = await cluster.app(one).leases.acquire("shop", {
    onHandover: () => {
      throw new Error("not now");
    },
  });
  expect(await failure(cluster.app(two).leases.handover("shop"))).toMatchObject({ reason: "HANDLER_FAILED" });
  expect(held.status === "acquired" && held.claim.isHeld()).toBe(true);
});

test("of the apps that stand for leader one is elected, and another one once it stops", async () => {
  const cluster = await startOwners();
  const elected: { readonly app: App; readonly leadership: Leadership }[] = [];
  const stand = (app: App) => app.leader("uid", { onElected: (leadership) => void elected.push({ app, leadership }) });
  const candidates = [stand(cluster.app(one)), stand(cluster.app(two))];
  await vi.waitFor(() => expect(elected).toHaveLength(1), { timeout: 20_000 });
  expect(candidates.filter((candidate) => candidate.isLeader())).toHaveLength(1);
  await elected[0]?.app.stop();
  expect(elected[0]?.leadership.signal.aborted).toBe(true);
  await vi.waitFor(() => expect(elected).toHaveLength(2), { timeout: 20_000 });
  const [old, next] = elected;
  if (old === undefined || next === undefined) throw new Error("two were elected");
  expect(next.app).not.toBe(old.app);
  expect(compareFences(next.leadership.fence, old.leadership.fence)).toBeGreaterThan(0);
});

test("pitfall 22: what a leader writes is fenced by the next one", async () => {
  const stored = `${config}[[Plugin.DB.db_memory]]\n`;
  const cluster = await startTestCluster([
    { app: callerApp(), id: one, config: stored },
    { app: frontApp(), id: two, config: stored },
  ]);
  const elected: { readonly app: App; readonly leadership: Leadership }[] = [];
  const stand = (app: App) => app.leader("uid", { onElected: (leadership) => void elected.push({ app, leadership }) });
  const candidates = [stand(cluster.app(one)), stand(cluster.app(two))];
  await vi.waitFor(() => expect(elected).toHaveLength(1), { timeout: 20_000 });
  const [old] = elected;
  if (old === undefined) throw new Error("nobody leads");
  const counter = await old.app
    .entities()
    .ownedBy(old.leadership.claim)
    .load(HeroEntity, 1n, { orCreate: { level: 1 } });
  await candidates.find((candidate) => candidate.isLeader())?.[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(elected).toHaveLength(2), { timeout: 20_000 });
  counter.data.level = 2;
  await expect(counter.save()).rejects.toMatchObject({ reason: "NOT_OWNER" });
  const [, next] = elected;
  const same = await next?.app.entities().ownedBy(next.leadership.claim).load(HeroEntity, 1n);
  expect(same?.data.level).toBe(1);
});

test("without a lease plugin there are no leases and leaders, and the error says what to add", async () => {
  const cluster = await startTestCluster([{ app: callerApp(), id: one }]);
  const expected = expect.objectContaining({ reason: "PLUGIN_MISSING" });
  expect(() => cluster.app(one).leases).toThrow(expected);
  expect(() => cluster.app(one).leader("uid", { onElected() {} })).toThrow(expected);
});
