import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { EtcdClient, readAccess } from "@m3game/etcd-client";
import { KV, Lease } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import { routerEtcd } from "@m3game/router-etcd";
import { createPluginContext, describeWithService, launchService, Received, TcpProxy } from "@m3game/testing";
import { Code, type Instance } from "m3game";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entryKey } from "../src/entry.ts";

type Table = readonly Instance[];

const lostLine = "lost etcd; serving from the last known table";
const againLine = "etcd lost the entry of this app; registering it again";

/** So long that a process that stands still for a moment does not lose its entry by it. */
const leaseSeconds = 5;

let cleanup: AsyncDisposableStack;
let service: string;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
  service = `test.${randomUUID()}.f`;
});

afterEach(() => cleanup.disposeAsync());

async function start(config: object) {
  const context = createPluginContext(`${service}.1`);
  const router = cleanup.use(await routerEtcd.create(routerEtcd.config.parse(config), context));
  const messages = () => context.lines.map(({ message }) => message);
  const watch = async () => {
    const tables = new Received<Table>();
    await router.watch(service, tables.listener);
    return tables;
  };
  return { context, router, messages, watch };
}

function instance(ins: string, changes: Partial<Instance> = {}): Instance {
  return { app: `${service}.${ins}`, service, host: "127.0.0.1", port: 7000, meta: {}, ...changes };
}

/** What an operator does with etcd's own tools. */
async function connectAdmin(address: string): Promise<EtcdClient> {
  return cleanup.use(
    asyncDisposable(new EtcdClient(await readAccess(routerEtcd.config.parse({ Endpoints: address }), "test"))),
  );
}

function asyncDisposable(client: EtcdClient): EtcdClient & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client[Symbol.dispose]() });
}

async function entryOf(admin: EtcdClient, ins: string) {
  const { kvs } = await admin.ask(KV.method.range, { key: entryKey(service, `${service}.${ins}`) });
  return kvs[0];
}

/** Resolves when an entry of now would be over, unless it was renewed. */
async function outliveLease(admin: EtcdClient): Promise<void> {
  const { id } = await admin.ask(Lease.method.leaseGrant, { ttl: BigInt(leaseSeconds + 1) });
  for (;;) {
    const { ttl } = await admin.ask(Lease.method.leaseTimeToLive, { id });
    if (ttl < 0n) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Repeats a call until it succeeds; how soon a server that came back takes it is not the test's to choose. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      expect(error).toMatchObject({ reason: "PLUGIN_FAILED" });
    }
  }
}

describeWithService("etcd", "router_etcd and its server", (etcd) => {
  test("without a server it fails with one line that names address and key", async () => {
    const server = await launchService("etcd");
    await server[Symbol.asyncDispose]();
    const failure = await start({ Endpoints: server.address }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED", code: Code.UNAVAILABLE });
    expect(failure.message).toContain(server.address);
    expect(failure.message).toContain("correct Endpoints in [[Plugin.Router.router_etcd]]");
    expect(failure.message).not.toContain("\n");
  });

  test("right credentials are taken; wrong ones are named as the cause and not shown", async () => {
    const server = cleanup.use(await launchService("etcd"));
    for (const [path, body] of [
      ["user/add", { name: "root", password: "right-pw" }],
      ["role/add", { name: "root" }],
      ["user/grant", { user: "root", role: "root" }],
      ["enable", {}],
    ] as const) {
      await fetch(`http://${server.address}/v3/auth/${path}`, { method: "POST", body: JSON.stringify(body) });
    }
    const right = await start({ Endpoints: server.address, Username: "root", Password: "right-pw" });
    await right.router.register(instance("1"));
    expect((await right.watch()).last).toEqual([instance("1")]);
    const wrong = { Endpoints: server.address, Username: "root", Password: "wrong-pw" };
    const failure = await start(wrong).catch((error) => error);
    expect(failure.message).toContain("authentication failed");
    expect(`${failure.message} ${failure.stack} ${failure.cause}`).not.toContain("wrong-pw");
  });

  test("a process that is killed is out of the tables when its time is over", async () => {
    const { watch } = await start({ Endpoints: etcd });
    const tables = await watch();
    const program = join(import.meta.dirname, "support", "register-program.ts");
    const child = spawn(process.execPath, [program, etcd, service, `${service}.1`, "2"], { stdio: "inherit" });
    await tables.until((table) => table.length === 1);
    child.kill("SIGKILL");
    await once(child, "exit");
    await tables.until((table) => table.length === 0);
  });

  test("an entry is renewed for as long as its app is there", async () => {
    const { router, watch, messages } = await start({ Endpoints: etcd, LeaseKeepLiveTime: leaseSeconds });
    await router.register(instance("1"));
    const tables = await watch();
    const admin = await connectAdmin(etcd);
    await outliveLease(admin);
    expect(await entryOf(admin, "1")).toBeDefined();
    expect(tables.items).toEqual([[instance("1")]]);
    expect(messages()).toEqual([]);
  });

  test("an entry that was deleted, and entered again, is renewed too", async () => {
    const { router, watch, messages } = await start({ Endpoints: etcd, LeaseKeepLiveTime: leaseSeconds });
    await router.register(instance("1"));
    const tables = await watch();
    const admin = await connectAdmin(etcd);
    await admin.ask(KV.method.deleteRange, { key: entryKey(service, `${service}.1`) });
    await tables.until((table, all) => all.length === 3 && table.length === 1);
    await outliveLease(admin);
    expect(tables.items).toEqual([[instance("1")], [], [instance("1")]]);
    expect(messages()).toEqual([againLine]);
  });

  test("an entry whose lease etcd lost, or that was deleted, is entered again", async () => {
    const { router, watch, context } = await start({ Endpoints: etcd });
    const registration = await router.register(instance("1"));
    const tables = await watch();
    const admin = await connectAdmin(etcd);
    const { lease = 0n } = (await entryOf(admin, "1")) ?? {};
    await admin.ask(Lease.method.leaseRevoke, { id: lease });
    await tables.until((table, all) => all.length === 3 && table.length === 1);
    expect(tables.items).toEqual([[instance("1")], [], [instance("1")]]);
    await context.waitForLine(againLine);
    expect((await entryOf(admin, "1"))?.lease).not.toBe(lease);

    await admin.ask(KV.method.deleteRange, { key: entryKey(service, `${service}.1`) });
    await tables.until((table, all) => all.length === 5 && table.length === 1);
    await registration[Symbol.asyncDispose]();
    await tables.until((table) => table.length === 0);
    expect(await entryOf(admin, "1")).toBeUndefined();
  });

  test("the older of two incarnations notices, says so once, and leaves the entry alone", async () => {
    const older = await start({ Endpoints: etcd, LeaseKeepLiveTime: leaseSeconds });
    const newer = await start({ Endpoints: etcd });
    await older.router.register(instance("1", { port: 1 }));
    const superseded = older.context.waitForLine("another process registered this app id; its entry counts now");
    const registration = await newer.router.register(instance("1", { port: 2 }));
    await superseded;
    const tables = await newer.watch();
    await registration[Symbol.asyncDispose]();
    await tables.until((table) => table.length === 0);
    await older.router[Symbol.asyncDispose]();
    expect(tables.items).toEqual([[instance("1", { port: 2 })], []]);
    expect(older.messages()).toHaveLength(1);
  });

  test("while etcd is away the table stays; afterwards everything is back, with no gap", async () => {
    const server = cleanup.use(await launchService("etcd"));
    const one = await start({ Endpoints: server.address });
    const two = await start({ Endpoints: server.address, DialTimeout: 1 });
    await one.router.register(instance("1"));
    const tables = await two.watch();
    const lost = two.context.waitForLine(lostLine);
    await server.stop("SIGKILL");
    await lost;
    await expect(two.router.register(instance("2"))).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    await expect(two.router.watch(service, () => {})).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });

    const back = two.context.waitForLine("etcd is back");
    await server.start();
    await back;
    await eventually(() => two.router.register(instance("2")));
    await tables.until((table) => table.length === 2);
    expect(tables.items).toEqual([[instance("1")], [instance("1"), instance("2")]]);
    await one.context.waitForLine("etcd is back");
    for (const { messages } of [one, two]) {
      expect(messages().filter((line) => line === lostLine)).toHaveLength(1);
      expect(messages().filter((line) => line === "etcd is back")).toHaveLength(1);
    }
  });

  test("an etcd that does not answer fails requests in time; a cut connection is noticed by renewals", async () => {
    const proxy = cleanup.use(await TcpProxy.start(etcd));
    const { router, watch, context } = await start({ Endpoints: proxy.address, DialTimeout: 1, LeaseKeepLiveTime: 3 });
    await router.register(instance("1"));
    const tables = await watch();
    const lost = context.waitForLine(lostLine);
    proxy.swallow();
    await expect(router.register(instance("2"))).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    await lost;
    const back = context.waitForLine("etcd is back");
    proxy.heal();
    await back;
    await eventually(() => router.register(instance("2")));
    await tables.until((table) => table.length === 2);
  });

  test("without etcd a registration's disposal rejects, and the router's still ends everything", async () => {
    const server = cleanup.use(await launchService("etcd"));
    const { router, watch, messages } = await start({ Endpoints: server.address, DialTimeout: 1 });
    const registration = await router.register(instance("1"));
    await watch();
    const other = await router.register(instance("2"));
    await server.stop("SIGKILL");
    await expect(registration[Symbol.asyncDispose]()).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    await router[Symbol.asyncDispose]();
    await expect(other[Symbol.asyncDispose]()).rejects.toThrow();
    expect(messages().filter((line) => line.startsWith("can't deregister"))).toHaveLength(1);
  });
});
