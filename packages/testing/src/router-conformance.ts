import { randomUUID } from "node:crypto";
import type { Instance, PluginContext, Router } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPluginContext } from "./plugin-context.ts";
import { Received } from "./received.ts";

/** Which router the suite is about. */
export interface RouterConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts a router for one app. All routers of the suite share one registry, which may hold foreign entries. */
  create(context: PluginContext): Router | Promise<Router>;
}

type Table = readonly Instance[];

/** Checks a router against its contract. Call it in a test file. */
export function runRouterConformance(options: RouterConformanceOptions): void {
  describe(`router conformance: ${options.name}`, () => {
    let cleanup: AsyncDisposableStack;
    let world: string;
    let watchers: Received<Table>[];

    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
      world = `test.${randomUUID()}`;
      watchers = [];
    });

    afterEach(async () => {
      await cleanup.disposeAsync();
      for (const { items } of watchers) {
        items.slice(1).forEach((table, index) => {
          expect(table, "a watcher was called twice with the same content").not.toEqual(items[index]);
        });
        for (const table of items) expect(appsOf(table), "a table is not sorted").toEqual(appsOf(table).toSorted());
      }
    });

    function instance(func: string, ins: string, changes: Partial<Instance> = {}): Instance {
      const service = `${world}.${func}`;
      const meta = { m3appver: "1700000000", "m3ep.tcp": "127.0.0.1:7001" };
      return { app: `${service}.${ins}`, service, host: "127.0.0.1", port: 7000, meta, ...changes };
    }

    async function newRouter(): Promise<Router> {
      return cleanup.use(await options.create(createPluginContext(`${world}.app.${randomUUID()}`)));
    }

    async function watch(router: Router, func: string) {
      const received = new Received<Table>();
      const handle = cleanup.use(await router.watch(`${world}.${func}`, received.listener));
      watchers.push(received);
      return { received, handle };
    }

    test("the first table is there before watch resolves, an empty one too", async () => {
      const router = await newRouter();
      const { received } = await watch(router, "club");
      expect(received.items).toEqual([[]]);
    });

    test("an entry is seen with the meta that it was given later", async () => {
      const [router, other] = [await newRouter(), await newRouter()];
      const { received } = await watch(other, "club");
      const registration = cleanup.use(await router.register(instance("club", "1")));
      const meta = { m3appver: "1700000000", m3canary: "changed" };
      await registration.update(meta);
      expect(await received.until(([first]) => first?.meta.m3canary === "changed")).toEqual([
        instance("club", "1", { meta }),
      ]);
      await registration[Symbol.asyncDispose]();
      await received.until((table) => table.length === 0);
      await registration.update({ m3appver: "1" });
      expect(received.last).toEqual([]);
    });

    test("of two incarnations only the newest can change the entry", async () => {
      const [older, newer] = [await newRouter(), await newRouter()];
      const { received } = await watch(newer, "club");
      const first = cleanup.use(await older.register(instance("club", "1", { port: 1 })));
      await received.until(([entry]) => entry?.port === 1);
      const second = cleanup.use(await newer.register(instance("club", "1", { port: 2 })));
      await received.until(([entry]) => entry?.port === 2);
      await second.update({ m3appver: "2" });
      expect(await received.until(([entry]) => entry?.meta.m3appver === "2")).toMatchObject([{ port: 2 }]);
      await first[Symbol.asyncDispose]();
      expect(received.last).toMatchObject([{ port: 2 }]);
    });

    test("services that have an instance are listed", async () => {
      const router = await newRouter();
      const own = async () => (await router.services()).filter((service) => service.startsWith(world));
      expect(await own()).toEqual([]);
      for (const [func, ins] of [
        ["role", "1"],
        ["club", "1"],
        ["club", "2"],
      ] as const)
        cleanup.use(await router.register(instance(func, ins)));
      await expect.poll(own, { timeout: 20_000 }).toEqual([`${world}.club`, `${world}.role`]);
    });

    test("what is kept for a service is there without instances, for all routers, and only its last text", async () => {
      const [router, other] = [await newRouter(), await newRouter()];
      expect(await router.kept(`${world}.club`)).toBeUndefined();
      const { received } = await watch(other, "club");
      await router.keep(`${world}.club`, "first");
      const text = `{"sign":"ö \\ ""}${"x".repeat(490)}`;
      await other.keep(`${world}.club`, text);
      await other.keep(`${world}.clubrole`, "another");
      expect(await router.kept(`${world}.club`)).toBe(text);
      const registration = await router.register(instance("club", "1"));
      await received.until((table) => table.length === 1);
      await registration[Symbol.asyncDispose]();
      await router[Symbol.asyncDispose]();
      expect(await (await newRouter()).kept(`${world}.club`)).toBe(text);
      expect((await other.services()).filter((service) => service === `${world}.clubrole`)).toEqual([]);
      await received.until((table) => table.length === 0);
      expect(received.items).toHaveLength(3);
    });

    test("a registered instance is in the first table of a later watch, as it was given", async () => {
      const router = await newRouter();
      const given = instance("club", "1", { host: "10.1.2.3", port: 32110 });
      await router.register(given);
      const { received } = await watch(await newRouter(), "club");
      expect(received.items).toEqual([[given]]);
    });

    test("watchers see an instance come and go, those of the same router and of others", async () => {
      const router = await newRouter();
      const own = await watch(router, "club");
      const other = await watch(await newRouter(), "club");
      const given = instance("club", "1");
      const registration = await router.register(given);
      for (const { received } of [own, other])
        expect(await received.until((table) => table.length === 1)).toEqual([given]);
      await registration[Symbol.asyncDispose]();
      for (const { received } of [own, other]) {
        await received.until((table) => table.length === 0);
        expect(received.items).toEqual([[], [given], []]);
      }
    });

    test("each table is full and sorted by app id, whatever the order of registration", async () => {
      const router = await newRouter();
      const { received } = await watch(router, "club");
      for (const ins of ["10", "2", "b", "1", "a"]) await router.register(instance("club", ins));
      const table = await received.until((latest) => latest.length === 5);
      expect(appsOf(table)).toEqual(["1", "10", "2", "a", "b"].map((ins) => instance("club", ins).app));
    });

    test("registrations made at the same time are all kept", async () => {
      const routers = [await newRouter(), await newRouter()];
      const { received } = await watch(await newRouter(), "club");
      const given = Array.from({ length: 20 }, (_, index) => instance("club", `i${index + 10}`));
      await Promise.all(given.map((each, index) => routers[index % 2]?.register(each)));
      expect(await received.until((table) => table.length === 20)).toEqual(given);
    });

    test("a table that was handed out does not change later", async () => {
      const router = await newRouter();
      const { received } = await watch(router, "club");
      await router.register(instance("club", "1"));
      const table = await received.until((latest) => latest.length === 1);
      await router.register(instance("club", "2"));
      await received.until((latest) => latest.length === 2);
      expect(table).toEqual([instance("club", "1")]);
    });

    test("changing the object that was registered changes no table", async () => {
      const router = await newRouter();
      const meta = { m3appver: "1" };
      await router.register(instance("club", "1", { meta }));
      meta.m3appver = "2";
      const { received } = await watch(router, "club");
      expect(received.last[0]?.meta).toEqual({ m3appver: "1" });
    });

    test("the newest incarnation replaces the older one, whose disposal then removes nothing", async () => {
      const older = await newRouter();
      const newer = await newRouter();
      const { received } = await watch(await newRouter(), "club");
      const first = await older.register(instance("club", "1", { port: 1001 }));
      const second = await newer.register(instance("club", "1", { port: 1002 }));
      await received.until(([only]) => only?.port === 1002);
      await first[Symbol.asyncDispose]();
      await newer.register(instance("club", "2"));
      const table = await received.until((latest) => latest.length === 2);
      expect(table[0]?.port).toBe(1002);
      expect(received.items.slice(1).every((latest) => latest.length > 0)).toBe(true);
      await second[Symbol.asyncDispose]();
      expect(appsOf(await received.until((latest) => latest.length === 1))).toEqual([instance("club", "2").app]);
    });

    test("one router can replace its own registration", async () => {
      const router = await newRouter();
      const { received } = await watch(router, "club");
      const first = await router.register(instance("club", "1", { port: 1001 }));
      await router.register(instance("club", "1", { port: 1002 }));
      await first[Symbol.asyncDispose]();
      const { received: later } = await watch(router, "club");
      expect(later.last).toEqual([instance("club", "1", { port: 1002 })]);
      await received.until(([only]) => only?.port === 1002);
    });

    test("registering the same content again is no news", async () => {
      const router = await newRouter();
      const { received } = await watch(router, "club");
      await router.register(instance("club", "1"));
      await received.until((table) => table.length === 1);
      await router.register(instance("club", "1"));
      await router.register(instance("club", "2"));
      await received.until((table) => table.length === 2);
      expect(received.items).toHaveLength(3);
    });

    test("a change of meta alone is news", async () => {
      const router = await newRouter();
      const { received } = await watch(router, "club");
      await router.register(instance("club", "1", { meta: { m3appver: "1" } }));
      await received.until((table) => table.length === 1);
      await router.register(instance("club", "1", { meta: { m3appver: "2" } }));
      await received.until(([only]) => only?.meta.m3appver === "2");
      expect(received.items).toHaveLength(3);
    });

    test("disposing a registration is idempotent, at the same time and later", async () => {
      const router = await newRouter();
      const registration = await router.register(instance("club", "1"));
      await Promise.all([registration[Symbol.asyncDispose](), registration[Symbol.asyncDispose]()]);
      const { received } = await watch(router, "club");
      expect(received.last).toEqual([]);
      await router.register(instance("club", "1"));
      await registration[Symbol.asyncDispose]();
      await received.until((table) => table.length === 1);
      expect((await watch(router, "club")).received.last).toHaveLength(1);
    });

    test("services are apart, also when one name begins with the other", async () => {
      const router = await newRouter();
      const club = await watch(router, "club");
      const clubRole = await watch(router, "clubrole");
      await router.register(instance("clubrole", "1"));
      await clubRole.received.until((table) => table.length === 1);
      await router.register(instance("club", "1"));
      await club.received.until((table) => table.length === 1);
      expect(club.received.items).toEqual([[], [instance("club", "1")]]);
      expect(clubRole.received.items).toEqual([[], [instance("clubrole", "1")]]);
    });

    test("many watchers of one service all see a change, once", async () => {
      const router = await newRouter();
      const all = await Promise.all(Array.from({ length: 20 }, () => watch(router, "club")));
      await router.register(instance("club", "1"));
      for (const { received } of all) {
        await received.until((table) => table.length === 1);
        expect(received.items).toHaveLength(2);
      }
    });

    test("a disposed watch is not called again, the others are; disposing twice is fine", async () => {
      const router = await newRouter();
      const ended = await watch(router, "club");
      const going = await watch(router, "club");
      await Promise.all([ended.handle[Symbol.asyncDispose](), ended.handle[Symbol.asyncDispose]()]);
      await ended.handle[Symbol.asyncDispose]();
      await router.register(instance("club", "1"));
      await going.received.until((table) => table.length === 1);
      await router.register(instance("club", "2"));
      await going.received.until((table) => table.length === 2);
      expect(ended.received.items).toEqual([[]]);
    });

    test("an instance whose transport has no port is kept as it is", async () => {
      const router = await newRouter();
      const given = instance("club", "1", { host: "nats://127.0.0.1:4222", port: 0, meta: { m3appver: "1" } });
      await router.register(given);
      expect((await watch(router, "club")).received.last).toEqual([given]);
    });

    test("meta of 60 pairs and of 512 characters is kept", async () => {
      const router = await newRouter();
      const meta = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`key_${index}`, "v".repeat(512)]));
      await router.register(instance("club", "1", { meta }));
      expect((await watch(router, "club")).received.last[0]?.meta).toEqual(meta);
    });

    test("disposing a router ends its watches and takes its registrations out", async () => {
      const router = await newRouter();
      const ended = await watch(router, "club");
      await router.register(instance("club", "1"));
      await ended.received.until((table) => table.length === 1);
      const going = await watch(await newRouter(), "club");
      await Promise.all([router[Symbol.asyncDispose](), router[Symbol.asyncDispose]()]);
      await going.received.until((table) => table.length === 0);
      expect(ended.received.items).toHaveLength(2);
    });

    test("a disposed router refuses work", async () => {
      const router = await newRouter();
      await router[Symbol.asyncDispose]();
      await expect(router.register(instance("club", "1"))).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
      await expect(router.watch(`${world}.club`, () => {})).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
      await expect(router.keep(`${world}.club`, "rule")).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
      await expect(router.kept(`${world}.club`)).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    });
  });
}

function appsOf(table: Table): string[] {
  return table.map(({ app }) => app);
}
