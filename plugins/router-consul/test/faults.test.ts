import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { routerConsul } from "@m3game/router-consul";
import { createPluginContext, describeWithService, launchService, Received } from "@m3game/testing";
import { Code, type Instance } from "m3game";
import { afterEach, beforeEach, expect, test } from "vitest";

type Table = readonly Instance[];

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(() => cleanup.disposeAsync());

async function start(config: Parameters<typeof routerConsul.config.parse>[0], app = "e.w.f.1") {
  const context = createPluginContext(app);
  const router = cleanup.use(await routerConsul.create(routerConsul.config.parse(config), context));
  const messages = () => context.lines.map(({ level, message }) => `${level}: ${message}`);
  return { context, router, messages };
}

function instance(ins: string, changes: Partial<Instance> = {}): Instance {
  return { app: `e.w.f.${ins}`, service: "e.w.f", host: "127.0.0.1", port: 7000, meta: {}, ...changes };
}

async function launchConsul(args: readonly string[] = []) {
  return cleanup.use(await launchService("consul", { args }));
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

describeWithService("consul", "router_consul and its server", () => {
  test("without a server it fails with one line that names address and key", async () => {
    const consul = await launchConsul();
    await consul.stop("SIGKILL");
    const failure = await start({ ConsulHost: consul.address }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED", code: Code.UNAVAILABLE });
    expect(failure.message).toContain(consul.address);
    expect(failure.message).toContain("ConsulHost in [[Plugin.Router.router_consul]]");
    expect(failure.message).not.toContain("\n");
  });

  test("an AlivePort in use is named", async () => {
    const consul = await launchConsul();
    const [, port] = consul.address.split(":");
    const failure = start({ ConsulHost: consul.address, AlivePort: Number(port) });
    await expect(failure).rejects.toMatchObject({ reason: "PORT_IN_USE" });
  });

  test("a token is sent; a wrong one is named as the cause and not shown", async () => {
    const consul = await launchConsul(["-hcl", 'acl { enabled = true  tokens { master = "right-token" } }']);
    const right = await start({ ConsulHost: consul.address, Token: "right-token" });
    await right.router.register(instance("1"));
    const wrong = await start({ ConsulHost: consul.address, Token: "wrong-token" });
    const failure = await wrong.router.watch("e.w.f", () => {}).catch((error) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(failure.message).toContain("ACL not found");
    expect(`${failure.message} ${failure.stack} ${JSON.stringify(failure)}`).not.toContain("wrong-token");
  });

  test("the entry is the wire contract's", async () => {
    const consul = await launchConsul();
    const { router } = await start({ ConsulHost: consul.address });
    await router.register(instance("1", { port: 20051, meta: { m3appver: "1700000000", "m3ep.tcp": "127.0.0.1:1" } }));

    const response = await fetch(`http://${consul.address}/v1/health/service/e.w.f`);
    const [entry] = JSON.parse(await response.text());
    expect(entry.Service).toMatchObject({
      ID: "e.w.f.1",
      Service: "e.w.f",
      Address: "127.0.0.1",
      Port: 20051,
      Meta: { m3appver: "1700000000", "m3ep-tcp": "127.0.0.1:1" },
    });
    expect(entry.Service.Meta.m3inc).toMatch(/^[0-9a-f-]{36}$/);
    expect(entry.Checks).toContainEqual(expect.objectContaining({ ServiceID: "e.w.f.1", Status: "passing" }));
  });

  test("an app that is not ready is out of the tables, and yields to a newer incarnation", async () => {
    const consul = await launchConsul();
    const older = await start({ ConsulHost: consul.address });
    const tables = new Received<Table>();
    await older.router.watch("e.w.f", tables.listener);
    await older.router.register(instance("1", { port: 1 }));
    await tables.until((table) => table.length === 1);
    older.context.currentHealth = { alive: true, ready: false };
    await tables.until((table) => table.length === 0);

    const newer = await start({ ConsulHost: consul.address });
    const superseded = older.context.waitForLine("another process registered this app id; its entry counts now");
    await newer.router.register(instance("1", { port: 2 }));
    await superseded;
    expect(await tables.until((table) => table.length === 1)).toEqual([instance("1", { port: 2 })]);
  });

  test("a check that a busy app answers late does not take it out of the tables", async () => {
    const consul = await launchConsul();
    const { context, router } = await start({ ConsulHost: consul.address });
    const tables = new Received<Table>();
    await router.watch("e.w.f", tables.listener);
    const checks = new Received<number>();
    context.currentHealth = {
      alive: true,
      get ready() {
        const busyUntil = performance.now() + (checks.items.length === 0 ? 4000 : 0);
        while (performance.now() < busyUntil);
        checks.listener(busyUntil);
        return true;
      },
    };
    await router.register(instance("1"));
    await checks.first(2);
    expect(tables.items).toEqual([[], [instance("1")]]);
  });

  test("a router that is disposed while it registers leaves no entry behind", async () => {
    const consul = await launchConsul();
    const { router } = await start({ ConsulHost: consul.address });
    const registering = router.register(instance("1"));
    await router[Symbol.asyncDispose]();
    await registering;
    const response = await fetch(`http://${consul.address}/v1/agent/services`);
    expect(await response.json()).toEqual({});
  });

  test("an entry that is still critical from a crash is passing once the app registers again", async () => {
    const consul = await launchConsul();
    const { router } = await start({ ConsulHost: consul.address });
    const check = { HTTP: "http://127.0.0.1:1/health", Interval: "10s", Status: "critical" };
    const body = JSON.stringify({ ID: "e.w.f.1", Name: "e.w.f", Address: "127.0.0.1", Port: 1, Check: check });
    const stale = await fetch(`http://${consul.address}/v1/agent/service/register`, { method: "PUT", body });
    expect(stale.status).toBe(200);
    const tables = new Received<Table>();
    await router.watch("e.w.f", tables.listener);
    expect(tables.items).toEqual([[]]);
    await router.register(instance("1"));
    expect(await tables.until((table) => table.length === 1)).toEqual([instance("1")]);
  });

  test("an entry that Consul dropped is registered again", async () => {
    const consul = await launchConsul();
    const { router, messages } = await start({ ConsulHost: consul.address });
    await router.register(instance("1"));
    const tables = new Received<Table>();
    await router.watch("e.w.f", tables.listener);
    await fetch(`http://${consul.address}/v1/agent/service/deregister/e.w.f.1`, { method: "PUT" });
    await tables.until((table, all) => all.length > 1 && table.length === 1);
    expect(messages()).toContain("warn: Consul lost the entry of this app; registering it again");
  });

  test("the older of two incarnations notices, says so once, and leaves the entry alone", async () => {
    const consul = await launchConsul();
    const older = await start({ ConsulHost: consul.address });
    const newer = await start({ ConsulHost: consul.address });
    await older.router.register(instance("1", { port: 1 }));
    const registration = await newer.router.register(instance("1", { port: 2 }));
    const tables = new Received<Table>();
    await newer.router.watch("e.w.f", tables.listener);
    await older.router.register(instance("2"));
    await tables.until((table) => table.length === 2);
    await registration[Symbol.asyncDispose]();
    await tables.until((table) => table.length === 1);
    await older.router[Symbol.asyncDispose]();
    expect(tables.items.map((table) => table.map(({ port }) => port))).not.toContainEqual([1]);
    const notices = older.messages().filter((line) => line.includes("another process registered this app id"));
    expect(notices).toHaveLength(1);
  });

  test("while Consul is away the table stays; afterwards everything is back, with no gap", async () => {
    const consul = await launchConsul();
    const one = await start({ ConsulHost: consul.address }, "e.w.f.1");
    const two = await start({ ConsulHost: consul.address }, "e.w.f.2");
    await one.router.register(instance("1"));
    const tables = new Received<Table>();
    await two.router.watch("e.w.f", tables.listener);
    await two.router.watch("e.w.other", () => {});
    expect(tables.items).toEqual([[instance("1")]]);

    const lost = two.context.waitForLine("lost Consul; serving from the last known table");
    await consul.stop("SIGKILL");
    await lost;
    await expect(two.router.register(instance("2"))).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    await expect(two.router.watch("e.w.f", () => {})).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });

    // This server keeps nothing on disk: it comes back without a single entry.
    const back = two.context.waitForLine("Consul is back");
    await consul.start();
    await back;
    await eventually(() => two.router.register(instance("2")));
    await tables.until((table) => table.length === 2);
    expect(tables.items).toEqual([[instance("1")], [instance("1"), instance("2")]]);

    const third = await start({ ConsulHost: consul.address });
    const fresh = new Received<Table>();
    await third.router.watch("e.w.f", fresh.listener);
    await fresh.until((table) => table.length === 2);
    await one.context.waitForLine("Consul is back");
    for (const { messages } of [one, two]) {
      expect(messages().filter((line) => line.startsWith("warn: lost Consul"))).toHaveLength(1);
      expect(messages().filter((line) => line.startsWith("info: Consul is back"))).toHaveLength(1);
    }
  });

  test("without Consul a registration's disposal rejects, and the router's still ends everything", async () => {
    const consul = await launchConsul();
    const { router, messages } = await start({ ConsulHost: consul.address });
    const registration = await router.register(instance("1"));
    await router.watch("e.w.f", () => {});
    const other = await router.register(instance("2"));
    await consul.stop("SIGKILL");
    await expect(registration[Symbol.asyncDispose]()).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
    await router[Symbol.asyncDispose]();
    await expect(other[Symbol.asyncDispose]()).rejects.toThrow();
    expect(messages().filter((line) => line.startsWith("warn: can't deregister"))).toHaveLength(1);
  });

  test("a process that disposes its router ends by itself, at once", async () => {
    const consul = await launchConsul();
    const program = join(import.meta.dirname, "fixtures", "dispose.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [program, consul.address]);
    expect(JSON.parse(stdout)).toEqual({ tables: [["e.w.f.1"]], handles: [] });
    const response = await fetch(`http://${consul.address}/v1/agent/services`);
    expect(await response.json()).toEqual({});
  });
});
