import { randomUUID } from "node:crypto";
import { leaseEtcd } from "@m3game/lease-etcd";
import {
  acquireWhenFree,
  createPluginContext,
  describeWithService,
  launchService,
  OwnerProcess,
  Received,
  TcpProxy,
} from "@m3game/testing";

import type { Lease } from "m3game";
import type { Ownership, OwnershipState } from "m3game/internal";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EtcdAdmin } from "./support/etcd-admin.ts";
import { startOwnership } from "./support/start-ownership.ts";

const plugin = import.meta.resolve("@m3game/lease-etcd");

let cleanup: AsyncDisposableStack;
let world: string;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
  world = randomUUID();
});

afterEach(() => cleanup.disposeAsync());

const app = (ins: string) => `test.${world}.f.${ins}`;

async function start(ins: string, ...rest: Parameters<typeof startOwnership> extends [string, ...infer R] ? R : never) {
  return cleanup.use(await startOwnership(app(ins), ...rest));
}

function statesOf(ownership: Ownership): Received<OwnershipState> {
  const states = new Received<OwnershipState>();
  ownership.onState(states.listener);
  return states;
}

async function connect(config: Parameters<typeof leaseEtcd.config.parse>[0]): Promise<Lease> {
  return cleanup.use(await leaseEtcd.create(leaseEtcd.config.parse(config), createPluginContext(app("1"))));
}

describeWithService("etcd", "lease_etcd under faults", (etcd) => {
  test("without a server it fails with one line that names address and key", async () => {
    const server = await launchService("etcd");
    await server[Symbol.asyncDispose]();
    const failure = await connect({ Endpoints: server.address }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(String(failure)).toContain(server.address);
    expect(String(failure)).toContain("correct Endpoints in [[Plugin.Lease.lease_etcd]]");
    expect(String(failure)).not.toContain("\n");
  });

  test("of several members one that answers is enough", async () => {
    const gone = await launchService("etcd");
    await gone[Symbol.asyncDispose]();
    const { ownership } = await start("1", { Endpoints: `${gone.address},${etcd}`, LeaseKeepLiveTime: 4 });
    expect((await acquireWhenFree(ownership, "a")).isHeld()).toBe(true);
    expect(ownership.state).toBe("valid");
  });

  test.each([
    ["inline", 40],
    ["thread", 40],
    ["thread", 143],
  ] as const)(
    "pitfall 1: a process that was stopped works no more once another owns (%s, after %d)",
    { timeout: 60_000 },
    async (keepalive, after) => {
      const owner = cleanup.use(
        new OwnerProcess({
          plugin,
          config: { Endpoints: etcd, LeaseKeepLiveTime: 3 },
          app: app("1"),
          id: "a",
          keepalive,
        }),
      );
      const counter = await owner.acquired();
      const { ownership } = await start("2", { Endpoints: etcd });
      await owner.works(after);
      owner.signal("SIGSTOP");
      const claim = await acquireWhenFree(ownership, "a");
      const ownedFrom = process.hrtime.bigint();
      expect(claim.fence.counter).toBeGreaterThan(counter);
      owner.signal("SIGCONT");
      await owner.says("state lost");
      await owner.says("idle");
      expect(owner.workTimes().filter((time) => time > ownedFrom)).toEqual([]);
      expect(claim.isHeld()).toBe(true);
    },
  );

  test("pitfall 4: on a connection that swallows everything it is lost before etcd ends the session", async () => {
    const proxy = cleanup.use(await TcpProxy.start(etcd));
    using admin = await EtcdAdmin.connect(etcd);
    const config = { Endpoints: proxy.address, LeaseKeepLiveTime: 6, PreExitTime: 2, DialTimeout: 1 };
    const { ownership } = await start("1", config);
    const claim = await acquireWhenFree(ownership, "a");
    const { ownership: other } = await start("2", { Endpoints: etcd });
    const states = statesOf(ownership);
    proxy.swallow();
    await states.until((state) => state === "lost");
    expect(states.items).toEqual(["doubt", "lost"]);
    expect(claim.isHeld()).toBe(false);
    expect(await admin.hasSession(app("1"))).toBe(true);
    const next = await acquireWhenFree(other, "a");
    expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
  });

  test("pitfall 8: what a killed process owned is free when its session has run out, its app id too", async () => {
    const owner = cleanup.use(
      new OwnerProcess({
        ...{ plugin, config: { Endpoints: etcd, LeaseKeepLiveTime: 2 } },
        ...{ app: app("1"), id: "a", keepalive: "thread" },
      }),
    );
    const counter = await owner.acquired();
    owner.signal("SIGKILL");
    const { ownership } = await start("1", { Endpoints: etcd });
    const claim = await acquireWhenFree(ownership, "a");
    expect(claim.fence.counter).toBeGreaterThan(counter);
  });

  test("pitfall 9: a lease that was revoked is noticed at once", async () => {
    using admin = await EtcdAdmin.connect(etcd);
    const { ownership } = await start("1", { Endpoints: etcd, LeaseKeepLiveTime: 3600 });
    const claim = await acquireWhenFree(ownership, "a");
    const states = statesOf(ownership);
    await admin.revoke(app("1"));
    await states.until((state) => state === "lost");
    expect(claim.isHeld()).toBe(false);
    await ownership.rejoin();
    const next = await acquireWhenFree(ownership, "a");
    expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
  });

  test("a claim whose key was deleted is lost at once, the others stay", async () => {
    using admin = await EtcdAdmin.connect(etcd);
    const { ownership } = await start("1", { Endpoints: etcd, LeaseKeepLiveTime: 3600 });
    const [gone, kept] = [await acquireWhenFree(ownership, "gone"), await acquireWhenFree(ownership, "kept")];
    const lost = new Received<unknown>();
    gone.lost.addEventListener("abort", () => lost.listener(gone.lost.reason));
    await admin.deleteClaim(`test.${world}/gone`);
    await lost.first(1);
    expect([gone.isHeld(), kept.isHeld(), ownership.state]).toEqual([false, true, "valid"]);
  });

  test("pitfall 10: while etcd restarts again and again nothing is owned twice", { timeout: 90_000 }, async () => {
    const server = cleanup.use(await launchService("etcd"));
    const config = { Endpoints: server.address, LeaseKeepLiveTime: 4, DialTimeout: 1 };
    const { ownership: one } = await start("1", config);
    const { ownership: two } = await start("2", { ...config, LeaseKeepLiveTime: 60 });
    const first = await acquireWhenFree(one, "a");
    for (let restart = 0; restart < 3; restart++) {
      await server.stop("SIGKILL");
      await server.start();
      const result = await two.acquire("a").catch(() => undefined);
      if (result?.status === "acquired") expect(first.isHeld()).toBe(false);
    }
    const states = statesOf(one);
    if (one.state === "lost") await one.rejoin();
    if (one.state === "doubt") await states.until((state) => state !== "doubt");
    expect(two.state).toBe("valid");
  });

  test("pitfall 12: an acquire whose answer was cut off is found out by asking again", async () => {
    const proxy = cleanup.use(await TcpProxy.start(etcd));
    const lease = await connect({ Endpoints: proxy.address });
    const request = { app: app("1"), incarnation: randomUUID(), address: "host:1", ttlMs: 60_000 };
    proxy.cutReplies(true);
    await expect(lease.openSession(request)).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    proxy.cutReplies(false);
    const opened = await lease.openSession(request);
    if (opened.status !== "open") throw new Error("it is taken");
    const { session } = opened;
    cleanup.defer(() => session.close());

    const direct = await connect({ Endpoints: etcd });
    proxy.cutReplies(true);
    await expect(session.acquire(["cut"])).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    proxy.cutReplies(false);
    // It was done, and the app that asked can't know.
    const holder = await direct.holder("cut");
    expect(holder).toMatchObject({ app: app("1") });
    expect(await session.acquire(["cut"])).toEqual([{ status: "acquired", counter: holder?.counter }]);

    proxy.cutReplies(true);
    await expect(session.release("cut", holder?.counter ?? 0n)).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    proxy.cutReplies(false);
    await session.release("cut", holder?.counter ?? 0n);
    expect(await direct.holder("cut")).toBeUndefined();
  });

  test("pitfall 17: a blocked event loop loses nothing, as long as it is not blocked for too long", async () => {
    const { ownership } = await start("1", { Endpoints: etcd, LeaseKeepLiveTime: 3 });
    const claim = await acquireWhenFree(ownership, "a");
    const blockedUntil = performance.now() + 4000;
    while (performance.now() < blockedUntil);
    expect(claim.isHeld()).toBe(true);
    expect(ownership.state).toBe("valid");
  });

  test("a process that disposes everything has nothing left open", async () => {
    const { ownership, lease } = await startOwnership(app("1"), { Endpoints: etcd });
    await acquireWhenFree(ownership, "a");
    await ownership[Symbol.asyncDispose]();
    await lease[Symbol.asyncDispose]();
    using admin = await EtcdAdmin.connect(etcd);
    expect(await admin.hasSession(app("1"))).toBe(false);
  });
});
