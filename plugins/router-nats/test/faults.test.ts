import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { NatsBucket, NatsClient } from "@m3game/nats-client";
import { routerNats } from "@m3game/router-nats";
import {
  createPluginContext,
  describeWithService,
  type LaunchedService,
  launchService,
  Received,
  TcpProxy,
} from "@m3game/testing";
import { Code, type Instance } from "m3game";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

type Table = readonly Instance[];

const lostLine = "lost the registry; serving from the last known table";
const backLine = "the registry is back";
const againLine = "the NATS server lost the entry of this app; registering it again";

let cleanup: AsyncDisposableStack;
let service: string;
let Bucket: string;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
  service = `test.${randomUUID()}.f`;
  Bucket = `test-${randomUUID()}`;
});

afterEach(() => cleanup.disposeAsync());

/** A router on a bucket of the test's own, whose entries stay for 6 s: a process that stands still for a moment must not lose one by it. */
async function start(section: object) {
  const context = createPluginContext(`${service}.1`);
  const config = routerNats.config.parse({ Bucket, LeaseKeepLiveTime: 6, ...section });
  const router = cleanup.use(await routerNats.create(config, context));
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

/** The bucket as an operator sees it. */
async function openBucket(url: string): Promise<NatsBucket> {
  const context = createPluginContext("test.world1.admin.1");
  const config = routerNats.config.parse({ URL: url });
  const options = { section: "", context, whenLost: "", whenBack: "" };
  const client = cleanup.use(await NatsClient.open(config, options));
  return NatsBucket.open(client, { name: Bucket, replicas: 1, timeoutMs: 5000 });
}

/** Repeats a call until it succeeds; how soon a server that came back takes it is not the test's to choose. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      expect(error).toMatchObject({ reason: "PLUGIN_FAILED" });
      await new Promise(setImmediate);
    }
  }
}

describeWithService("nats", "router_nats and its server", () => {
  let shared: LaunchedService;
  let nats: string;

  // Of the file's own: it makes a bucket for each test.
  beforeAll(async () => {
    shared = await launchService("nats");
    nats = shared.address;
  });

  afterAll(() => shared[Symbol.asyncDispose]());

  test("without a server it fails with one line that names address and key", async () => {
    const server = await launchService("nats");
    await server[Symbol.asyncDispose]();
    const failure = await start({ URL: server.address }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED", code: Code.UNAVAILABLE });
    expect(failure.message).toContain(server.address);
    expect(failure.message).toContain("URL in [[Plugin.Router.router_nats]]");
    expect(failure.message).not.toContain("\n");
  });

  test("right credentials are taken; wrong ones are named as the cause and not shown", async () => {
    await using server = await launchService("nats", { args: ["--user", "june", "--pass", "right-pw"] });
    const right = await start({ URL: server.address, User: "june", Password: "right-pw" });
    await right.router.register(instance("1"));
    const failure = await start({ URL: server.address, User: "june", Password: "wrong-pw" }).catch((error) => error);
    expect(failure.message).toContain("refuses the credentials");
    expect(`${failure.message} ${failure.stack} ${failure.cause}`).not.toContain("wrong-pw");
  });

  test("a process that is killed is out of the tables when its time is over", async () => {
    const { watch } = await start({ URL: nats, LeaseKeepLiveTime: 2 });
    const tables = await watch();
    const program = join(import.meta.dirname, "support", "register-program.ts");
    const child = spawn(process.execPath, [program, nats, Bucket, service, `${service}.1`], { stdio: "inherit" });
    await tables.until((table) => table.length === 1);
    child.kill("SIGKILL");
    await once(child, "exit");
    await tables.until((table) => table.length === 0);
  });

  test("an entry is renewed for as long as its app is there, in the time that the bucket was made with", async () => {
    const first = await start({ URL: nats });
    const { router, watch, messages } = await start({ URL: nats, LeaseKeepLiveTime: 3600 });
    await router.register(instance("1"));
    const tables = await watch();
    const bucket = await openBucket(nats);
    // Written at the same time and not renewed: when it is over, the entry would be too.
    await bucket.put("test.silent", new Uint8Array());
    while ((await bucket.get("test.silent")) !== undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await first.watch()).last).toEqual([instance("1")]);
    expect(tables.items).toEqual([[instance("1")]]);
    expect(messages()).toEqual([]);
  });

  test("an entry that was deleted is entered again", async () => {
    const { router, watch, context } = await start({ URL: nats });
    const registration = await router.register(instance("1"));
    const tables = await watch();
    const bucket = await openBucket(nats);
    while (!(await bucket.markDeleted(instance("1").app, (await bucket.get(instance("1").app))?.revision ?? 0)));
    await tables.until((table, all) => all.length === 3 && table.length === 1);
    expect(tables.items).toEqual([[instance("1")], [], [instance("1")]]);
    await context.waitForLine(againLine);
    await registration[Symbol.asyncDispose]();
    await tables.until((table) => table.length === 0);
  });

  test("the older of two incarnations notices, says so once, and leaves the entry alone", async () => {
    const older = await start({ URL: nats });
    const newer = await start({ URL: nats });
    await older.router.register(instance("1", { port: 1 }));
    const superseded = older.context.waitForLine("another process registered this app id; its entry counts now");
    const registration = await newer.router.register(instance("1", { port: 2 }));
    const tables = await newer.watch();
    await superseded;
    await older.router[Symbol.asyncDispose]();
    await registration[Symbol.asyncDispose]();
    await tables.until((table) => table.length === 0);
    expect(tables.items).toEqual([[instance("1", { port: 2 })], []]);
    expect(older.messages()).toHaveLength(1);
  });

  test("while the server is away the table stays; afterwards everything is back, with no gap", async () => {
    await using server = await launchService("nats");
    const section = { URL: server.address, LeaseKeepLiveTime: 20 };
    const one = await start(section);
    const two = await start(section);
    await one.router.register(instance("1"));
    const tables = await two.watch();
    const lost = two.context.waitForLine(lostLine);
    await server.stop("SIGKILL");
    await lost;
    await expect(two.router.register(instance("2"))).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    await expect(two.router.watch(service, () => {})).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });

    const back = two.context.waitForLine(backLine);
    await server.start();
    await back;
    await eventually(() => two.router.register(instance("2")));
    await tables.until((table) => table.length === 2);
    expect(tables.items).toEqual([[instance("1")], [instance("1"), instance("2")]]);
    await one.context.waitForLine(backLine);
    for (const { messages } of [one, two]) {
      expect(messages().filter((line) => line === lostLine)).toHaveLength(1);
      expect(messages().filter((line) => line === backLine)).toHaveLength(1);
    }
  });

  test("a server that does not answer is noticed by renewals; with it everything works again", async () => {
    const proxy = cleanup.use(await TcpProxy.start(nats));
    const { router, watch, context } = await start({ URL: proxy.address });
    await router.register(instance("1"));
    const tables = await watch();
    const lost = context.waitForLine(lostLine);
    proxy.swallow();
    await lost;
    expect(tables.items).toEqual([[instance("1")]]);
    const back = context.waitForLine(backLine);
    proxy.heal();
    await back;
    await eventually(() => router.register(instance("2")));
    await tables.until((table) => table.length === 2);
  });

  test("without the server a registration's disposal rejects, and the router's still ends everything", async () => {
    await using server = await launchService("nats");
    const { router, watch, messages, context } = await start({ URL: server.address });
    const registration = await router.register(instance("1"));
    await watch();
    const other = await router.register(instance("2"));
    const lost = context.waitForLine(lostLine);
    await server.stop("SIGKILL");
    await lost;
    await expect(registration[Symbol.asyncDispose]()).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    await router[Symbol.asyncDispose]();
    await expect(other[Symbol.asyncDispose]()).rejects.toThrow();
    expect(messages().filter((line) => line.startsWith("can't deregister"))).toHaveLength(1);
  });
});
