import { expect, test, vi } from "vitest";
import { AdminSer } from "../../gen/m3/admin_pb.js";
import { backApp, callerApp, failure, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer } from "../../test/support/services.ts";
import { reasonError } from "../meta/error.ts";
import { createMemoryHub } from "../plugin/memory/memory-hub.ts";
import { routerMemory } from "../plugin/memory/router-memory.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { defineClient } from "../rpc/define-client.ts";
import { hash, p2p } from "../rpc/route.ts";

const backs = [1, 2, 3].map((ins) => `test.w1.back.${ins}`);
const [one, two, three] = backs as [string, string, string];
const caller = "test.w1.caller.1";
const keys = Array.from({ length: 40 }, (_, index) => `player-${index}`);

const patient = { timeout: 20_000 };

const ofVersion = (version: string) => backApp({ say: () => ({ text: version }) }, { version });

/** One instance of version 1, one of version 2. */
async function startVersions() {
  const cluster = await startTestCluster([
    { app: ofVersion("1"), id: one },
    { app: ofVersion("2"), id: two },
    { app: callerApp(), id: caller },
  ]);
  const back = cluster.app(caller).client(BackSer);
  const admin = (app: string) =>
    cluster
      .app(caller)
      .client(defineClient(AdminSer, { func: "back" }))
      .to(p2p(app));
  /** How many keys get which version. */
  const versions = async () => {
    const texts = await Promise.all(keys.map(async (key) => (await back.to(hash(key)).say({})).text));
    return ["1", "2"].map((version) => texts.filter((text) => text === version).length);
  };
  return { cluster, back, admin, versions };
}

test("a rule that one instance is told counts for all callers, and outlives it", async () => {
  const { cluster, back, admin, versions } = await startVersions();
  await admin(one).setCanary({ version: "2", share: 0, ids: ["june"], revision: 1n, operator: "mike" });
  await vi.waitFor(async () => expect(await versions()).toEqual([keys.length, 0]), patient);
  expect((await back.to(hash("june")).say({})).text).toBe("2");
  await cluster.start({ app: ofVersion("1"), id: three });
  await cluster.app(one).stop();
  await vi.waitFor(async () => expect(await versions()).toEqual([keys.length, 0]), patient);
  expect((await back.to(hash("june")).say({})).text).toBe("2");

  await admin(three).setCanary({ version: "2", share: 1, revision: 2n });
  await vi.waitFor(async () => expect(await versions()).toEqual([0, keys.length]), patient);
  // What comes late is older.
  await admin(two).setCanary({ version: "2", share: 0, revision: 1n });
  expect(await versions()).toEqual([0, keys.length]);
  const audited = cluster.log.at("warn").filter(({ fields }) => fields.audit === true);
  expect(audited[0]).toMatchObject({
    message: "an operator set a canary rule",
    fields: { app: one, via: caller, version: "2", share: 0, ids: ["june"], operator: "mike" },
  });
});

test("a rule is still there when all instances were down at the same time", async () => {
  const { cluster, back, admin, versions } = await startVersions();
  const rule = { version: "2", share: 0, ids: ["june"], header: "mike", aborted: ["0.9"], revision: 1n };
  await admin(one).setCanary(rule);
  await vi.waitFor(async () => expect(await versions()).toEqual([keys.length, 0]), patient);
  await Promise.all([cluster.app(one).stop(), cluster.app(two).stop()]);
  await cluster.start({ app: ofVersion("1"), id: one });
  await cluster.start({ app: ofVersion("2"), id: two });
  await vi.waitFor(async () => expect(await versions()).toEqual([keys.length, 0]), patient);
  expect((await back.to(hash("june")).say({})).text).toBe("2");
  const [entry] = await cluster.app(caller).instances("test.w1.back");
  expect(JSON.parse(entry?.meta.m3canary ?? "")).toEqual({ ...rule, revision: 1 });
});

test("an abort in the middle of a promote is an abort for all, and is what is kept", async () => {
  const { cluster, admin, versions } = await startVersions();
  await admin(one).setCanary({ version: "2", share: 0.5, revision: 1n });
  // The promote has reached one of them when the abort comes, and reaches the other one after it.
  await Promise.all([
    admin(one).setCanary({ version: "2", share: 1, revision: 2n }),
    admin(two).setCanary({ version: "2", share: 0, aborted: ["2"], revision: 3n }),
  ]);
  await admin(two).setCanary({ version: "2", share: 1, revision: 2n });
  const revisions = async () => {
    const instances = await cluster.app(caller).instances("test.w1.back");
    return instances.map(({ meta }) => JSON.parse(meta.m3canary ?? "{}").revision);
  };
  await expect.poll(revisions, patient).toEqual([3, 3]);
  expect(await versions()).toEqual([keys.length, 0]);
  await Promise.all([cluster.app(one).stop(), cluster.app(two).stop()]);
  await cluster.start({ app: ofVersion("2"), id: two });
  expect(await revisions()).toEqual([3]);
});

test("a registry that keeps nothing is named by who sets a rule, which is in force all the same", async () => {
  const { create, ...memory } = routerMemory(createMemoryHub());
  const refuse = () => Promise.reject(reasonError("PLUGIN_FAILED", "no rights"));
  const shy = definePlugin({
    ...memory,
    name: "router_shy",
    create: async (section, context) => {
      const router = await create(section, context);
      return {
        register: (instance) => router.register(instance),
        watch: (service, listener) => router.watch(service, listener),
        ...{ services: () => router.services(), keep: refuse, kept: refuse },
        [Symbol.asyncDispose]: () => router[Symbol.asyncDispose](),
      };
    },
  });
  const config = "[[Plugin.Router.router_shy]]\n";
  const cluster = await startTestCluster([{ app: ofVersion("1"), id: one, plugins: [shy], config }]);
  const admin = cluster.app(one).client(defineClient(AdminSer, { func: "back" }));
  const set = failure(admin.to(p2p(one)).setCanary({ version: "1", share: 1, revision: 1n }, { timeoutMs: 1000 }));
  expect(await set).toMatchObject({
    reason: "PLUGIN_FAILED",
    message: expect.stringContaining("in force, but gone when"),
  });
  expect((await cluster.app(one).instances("test.w1.back"))[0]?.meta.m3canary).toContain('"share":1');
  expect(cluster.log.at("warn")[0]).toMatchObject({
    message: expect.stringContaining("not known whether there is a canary"),
  });
});

test("a share that is none, and a rule that is too long, are refused", async () => {
  const { admin, versions } = await startVersions();
  const refused = (request: object) => failure(admin(one).setCanary({ version: "2", revision: 1n, ...request }));
  expect(await refused({ share: 1.5 })).toMatchObject({ reason: "BAD_REQUEST" });
  expect(await refused({ share: Number.NaN })).toMatchObject({ reason: "BAD_REQUEST" });
  expect(await refused({ share: 0, ids: keys.map((key) => key.repeat(3)) })).toMatchObject({ reason: "BAD_REQUEST" });
  expect((await versions()).every((count) => count > 0)).toBe(true);
});
