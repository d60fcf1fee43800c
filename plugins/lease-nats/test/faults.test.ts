import { randomUUID } from "node:crypto";
import { leaseNats } from "@m3game/lease-nats";
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
import { NatsAdmin } from "./support/nats-admin.ts";
import { startOwnership } from "./support/start-ownership.ts";

const plugin = import.meta.resolve("@m3game/lease-nats");

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

async function connect(config: Parameters<typeof leaseNats.config.parse>[0]): Promise<Lease> {
  return cleanup.use(await leaseNats.create(leaseNats.config.parse(config), createPluginContext(app("1"))));
}

describeWithService("nats", "lease_nats under faults", (nats) => {
  test("without a server it fails with one line that names address and key", async () => {
    const server = await launchService("nats");
    await server[Symbol.asyncDispose]();
    const failure = await connect({ URL: server.address }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(String(failure)).toContain(server.address);
    expect(String(failure)).toContain("correct URL in [[Plugin.Lease.lease_nats]]");
    expect(String(failure)).not.toContain("\n");
  });

  test("wrong credentials are named as the cause and not shown", async () => {
    await using server = await launchService("nats", { args: ["--user", "june", "--pass", "right-pw"] });
    const right = { URL: server.address, User: "june", Password: "right-pw" };
    await using working = await startOwnership(app("1"), right);
    expect((await acquireWhenFree(working.ownership, "a")).isHeld()).toBe(true);
    const failure = await connect({ ...right, Password: "wrong-pw" }).catch((error: unknown) => error);
    expect(String(failure)).toContain("refuses the credentials");
    expect(String(failure)).not.toContain("wrong-pw");
  });

  test.each([
    ["inline", 40],
    ["thread", 143],
  ] as const)(
    "pitfall 1: a process that was stopped works no more once another owns (%s, after %d)",
    async (keepalive, after) => {
      const owner = cleanup.use(
        new OwnerProcess({ plugin, config: { URL: nats, LeaseKeepLiveTime: 3 }, app: app("1"), id: "a", keepalive }),
      );
      const counter = await owner.acquired();
      const { ownership } = await start("2", { URL: nats });
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

  test("pitfall 4: on a connection that swallows everything it is lost before NATS ends the session", async () => {
    const proxy = cleanup.use(await TcpProxy.start(nats));
    const admin = cleanup.use(await NatsAdmin.connect(nats));
    const { ownership } = await start("1", { URL: proxy.address, LeaseKeepLiveTime: 6, PreExitTime: 2 });
    const claim = await acquireWhenFree(ownership, "a");
    const { ownership: other } = await start("2", { URL: nats });
    const states = statesOf(ownership);
    proxy.swallow();
    await states.until((state) => state === "lost");
    expect(states.items).toEqual(["doubt", "lost"]);
    expect(claim.isHeld()).toBe(false);
    expect(await admin.hasSession(app("1"))).toBe(true);
    const next = await acquireWhenFree(other, "a");
    expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
    proxy.heal();
  });

  test("pitfall 8: what a killed process owned is free when its session has run out, its app id too", async () => {
    const owner = cleanup.use(
      new OwnerProcess({
        ...{ plugin, config: { URL: nats, LeaseKeepLiveTime: 2 } },
        ...{ app: app("1"), id: "a", keepalive: "thread" },
      }),
    );
    const counter = await owner.acquired();
    owner.signal("SIGKILL");
    const { ownership } = await start("1", { URL: nats });
    const claim = await acquireWhenFree(ownership, "a");
    expect(claim.fence.counter).toBeGreaterThan(counter);
  });

  test("pitfall 9: a session that was ended by an operator is noticed at once", async () => {
    const admin = cleanup.use(await NatsAdmin.connect(nats));
    const { ownership } = await start("1", { URL: nats, LeaseKeepLiveTime: 3600 });
    const claim = await acquireWhenFree(ownership, "a");
    const states = statesOf(ownership);
    await admin.revoke(app("1"));
    await states.until((state) => state === "lost");
    expect(claim.isHeld()).toBe(false);
    await ownership.rejoin();
    const next = await acquireWhenFree(ownership, "a");
    expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
  });

  test("pitfall 10: while the server restarts again and again nothing is owned twice", async () => {
    await using server = await launchService("nats");
    await using one = await startOwnership(app("1"), { URL: server.address, LeaseKeepLiveTime: 4 });
    await using two = await startOwnership(app("2"), { URL: server.address, LeaseKeepLiveTime: 60 });
    const first = await acquireWhenFree(one.ownership, "a");
    for (let restart = 0; restart < 3; restart++) {
      await server.stop("SIGKILL");
      await server.start();
      const result = await two.ownership.acquire("a").catch(() => undefined);
      if (result?.status === "acquired") expect(first.isHeld()).toBe(false);
    }
    if (one.ownership.state === "lost") await one.ownership.rejoin();
    const states = statesOf(one.ownership);
    if (one.ownership.state === "doubt") await states.until((state) => state !== "doubt");
    expect(two.ownership.state).toBe("valid");
  });

  test("pitfall 12: what was done although its answer was cut off is found out by asking again", async () => {
    const direct = await connect({ URL: nats });
    const request = { app: app("1"), incarnation: randomUUID(), address: "host:1", ttlMs: 60_000 };
    const first = await direct.openSession(request);
    if (first.status !== "open") throw new Error("it is taken");
    // The same incarnation asks again, as one does that got no answer.
    const lease = await connect({ URL: nats });
    const opened = await lease.openSession(request);
    if (opened.status !== "open") throw new Error("it is taken");
    const { session } = opened;
    cleanup.defer(() => session.close());
    const [acquired] = await first.session.acquire(["cut"]);
    expect(await session.acquire(["cut"])).toEqual([acquired]);
    const counter = acquired?.status === "acquired" ? acquired.counter : 0n;
    await first.session.release("cut", counter);
    await session.release("cut", counter);
    expect(await direct.holder("cut")).toBeUndefined();
  });

  test("without an answer requests reject with UNKNOWN_OUTCOME", async () => {
    const proxy = cleanup.use(await TcpProxy.start(nats));
    const lease = await connect({ URL: proxy.address });
    const request = { app: app("1"), incarnation: randomUUID(), address: "host:1", ttlMs: 60_000 };
    const opened = await lease.openSession(request);
    if (opened.status !== "open") throw new Error("it is taken");
    proxy.swallow();
    await expect(opened.session.acquire(["a"])).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    proxy.heal();
  });

  test("pitfall 13: a server that lost its data is another store", async () => {
    const name = await connect({ URL: nats }).then((lease) => lease.storeName());
    await using server = await launchService("nats");
    const lease = await connect({ URL: server.address });
    expect(await lease.storeName()).not.toBe(name);
    expect(await lease.storeName()).toBe(await connect({ URL: server.address }).then((other) => other.storeName()));
  });

  test("a release with the counter of another claim takes nothing away", async () => {
    const { lease } = await start("1", { URL: nats });
    const request = { app: app("2"), incarnation: randomUUID(), address: "host:1", ttlMs: 60_000 };
    const opened = await lease.openSession(request);
    if (opened.status !== "open") throw new Error("it is taken");
    cleanup.defer(() => opened.session.close());
    const ids = [`${world}/a`, `${world}/b`];
    const counters = (await opened.session.acquire(ids)).map((result) =>
      result.status === "acquired" ? result.counter : 0n,
    );
    await opened.session.release(ids[0] ?? "", counters[1] ?? 0n);
    for (const id of ids) expect(await lease.holder(id)).toBeDefined();
  });

  test("pitfall 17: a blocked event loop loses nothing, as long as it is not blocked for too long", async () => {
    const { ownership } = await start("1", { URL: nats, LeaseKeepLiveTime: 3 });
    const claim = await acquireWhenFree(ownership, "a");
    const blockedUntil = performance.now() + 4000;
    while (performance.now() < blockedUntil);
    expect(claim.isHeld()).toBe(true);
    expect(ownership.state).toBe("valid");
  });

  test("a process that disposes everything has nothing left open", async () => {
    const { ownership, lease } = await startOwnership(app("1"), { URL: nats });
    await acquireWhenFree(ownership, "a");
    await ownership[Symbol.asyncDispose]();
    await lease[Symbol.asyncDispose]();
    const admin = cleanup.use(await NatsAdmin.connect(nats));
    expect(await admin.hasSession(app("1"))).toBe(false);
  });
});
