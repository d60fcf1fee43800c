import { randomUUID } from "node:crypto";
import { leaseEtcd } from "@m3game/lease-etcd";
import {
  acquireWhenFree,
  createPluginContext,
  describeWithService,
  launchService,
  runLeaseFaults,
  TcpProxy,
} from "@m3game/testing";
import type { Lease } from "m3game";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EtcdAdmin } from "./support/etcd-admin.ts";
import { startOwnership } from "./support/start-ownership.ts";

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

async function connect(config: Parameters<typeof leaseEtcd.config.parse>[0]): Promise<Lease> {
  return cleanup.use(await leaseEtcd.create(leaseEtcd.config.parse(config), createPluginContext(app("1"))));
}

describeWithService("etcd", "lease_etcd under faults", (etcd) => {
  runLeaseFaults({
    plugin: leaseEtcd,
    module: import.meta.resolve("@m3game/lease-etcd"),
    ...{ service: "etcd", address: etcd, addressKey: "Endpoints" },
    openAdmin: () => EtcdAdmin.connect(etcd),
  });

  test("of several members one that answers is enough", async () => {
    const gone = await launchService("etcd");
    await gone[Symbol.asyncDispose]();
    const { ownership } = await start("1", { Endpoints: `${gone.address},${etcd}`, LeaseKeepLiveTime: 4 });
    expect((await acquireWhenFree(ownership, "a")).isHeld()).toBe(true);
    expect(ownership.state).toBe("valid");
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
});
