import { randomUUID } from "node:crypto";
import { leaseNats } from "@m3game/lease-nats";
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
import { NatsAdmin } from "./support/nats-admin.ts";
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

async function connect(config: Parameters<typeof leaseNats.config.parse>[0]): Promise<Lease> {
  return cleanup.use(await leaseNats.create(leaseNats.config.parse(config), createPluginContext(app("1"))));
}

describeWithService("nats", "lease_nats under faults", (nats) => {
  runLeaseFaults({
    plugin: leaseNats,
    module: import.meta.resolve("@m3game/lease-nats"),
    ...{ service: "nats", address: nats, addressKey: "URL" },
    openAdmin: () => NatsAdmin.connect(nats),
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
});
