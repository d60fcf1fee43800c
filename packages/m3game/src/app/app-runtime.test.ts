import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { backApp, callerApp, failure, frontApp, startTestCluster } from "../../test/support/cluster.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { TestOutboundCall } from "../../test/support/outbound-call.ts";
import { RawNetwork } from "../../test/support/raw-network.ts";
import { BackSer, FrontSer } from "../../test/support/services.ts";
import { definePlugin, type PluginContext } from "../plugin/plugin.ts";
import { p2p } from "../rpc/route.ts";
import type { App } from "./app.ts";
import { startApp } from "./start-app.ts";

const [first, second] = ["test.w1.back.1", "test.w1.back.2"];

/** A `back` app whose `say` waits to be let go. */
function slowApp() {
  const entered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const app = backApp({
    say: async (request) => {
      entered.resolve();
      await opened.promise;
      return request;
    },
  });
  return { app, entered: entered.promise, open: opened.resolve };
}

/** Resolves once no `back` app is registered any more, and what follows from that has happened. */
async function hasLeft(observer: App): Promise<void> {
  await vi.waitFor(async () => expect(await observer.instances("test.w1.back")).toEqual([]), { timeout: 20_000 });
  await new Promise((resolve) => setImmediate(resolve));
}

describe("a drain", () => {
  test("leaves the registry, lets calls end, and only then is over", async () => {
    const slow = slowApp();
    const cluster = await startTestCluster([
      { app: slow.app, id: first },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    const caller = cluster.app("test.w1.caller.1");
    const app = cluster.app(first);
    const answer = caller.client(BackSer).say({ number: 7 });
    await slow.entered;
    const drained = app.drain();
    let isOver = false;
    void drained.then(() => {
      isOver = true;
    });
    expect(app.state).toBe("draining");
    expect(app.health()).toEqual({ alive: true, ready: false });
    await hasLeft(caller);
    expect(await failure(caller.client(BackSer).repeat({}, { timeoutMs: 1 }))).toMatchObject({ reason: "NO_INSTANCE" });
    expect(isOver).toBe(false);
    expect(app.inFlight).toBe(1);
    slow.open();
    expect((await answer).number).toBe(7);
    await drained;
    expect(app.inFlight).toBe(0);
    expect(app.state).toBe("draining");
    await app.stop();
    expect(app.state).toBe("stopped");
    expect(app.health()).toEqual({ alive: false, ready: false });
  });

  test("gives up what still runs after DrainTimeoutMs", async () => {
    const time = stopTime();
    const slow = slowApp();
    const cluster = await startTestCluster([
      { app: slow.app, id: first, config: "[Options.Life]\nDrainTimeoutMs = 900\n" },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    const answer = failure(cluster.app("test.w1.caller.1").client(BackSer).say({}, { timeoutMs: 60_000 }));
    await slow.entered;
    const drained = cluster.app(first).drain();
    await time.pass(899);
    expect(cluster.log.at("warn")).toEqual([]);
    await time.pass(2);
    await drained;
    expect(await answer).toMatchObject({
      reason: "UNKNOWN_OUTCOME",
      message: "test.w1.back.1 stopped before /m3test.BackSer/Say was done",
    });
    expect(cluster.log.at("warn")).toMatchObject([
      {
        message: "not all was done when the time to drain was over",
        fields: { app: first, calls: 1, methods: ["/m3test.BackSer/Say"], actors: 0, unsaved: 0 },
      },
    ]);
  });

  test("refuses calls that come all the same: DRAINING, certainly not executed", async () => {
    const network = new RawNetwork();
    const slow = slowApp();
    const app = await network.start(slow.app, first);
    const link = await network.connect(first);
    const running = new TestOutboundCall();
    link.send(running);
    await slow.entered;
    const drained = app.drain();
    await hasLeft(app);
    const late = new TestOutboundCall();
    link.send(late);
    expect(await late.ended).toMatchObject({ reason: "DRAINING", notExecuted: true });
    slow.open();
    await drained;
    expect(await running.ended).toBeInstanceOf(Uint8Array);
  });

  test("moves calls to the other instances without one that fails", async () => {
    const named = backApp({ say: (_request, { app }) => ({ text: app.app }) });
    const cluster = await startTestCluster([
      { app: named, id: first },
      { app: named, id: second },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    const back = cluster.app("test.w1.caller.1").client(BackSer);
    const stopped = cluster.app(first).stop();
    const during = await Promise.all(Array.from({ length: 100 }, () => back.say({})));
    expect(during).toHaveLength(100);
    await stopped;
    const after = await Promise.all(Array.from({ length: 100 }, () => back.say({})));
    expect(new Set(after.map(({ text }) => text))).toEqual(new Set([second]));
  });

  test("of an app without calls is over at once, and so is a second one", async () => {
    const cluster = await startTestCluster([{ app: backApp(), id: first }]);
    const app = cluster.app(first);
    await app.drain();
    await app.drain();
    expect(app.state).toBe("draining");
  });
});

describe("an app that has stopped", () => {
  test("makes no more calls", async () => {
    const cluster = await startTestCluster([
      { app: backApp(), id: first },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    const caller = cluster.app("test.w1.caller.1");
    const back = caller.client(BackSer);
    await back.say({});
    await caller.stop();
    expect(() => caller.client(BackSer)).toThrow(
      expect.objectContaining({
        reason: "CONTEXT_ENDED",
        message: "app test.w1.caller.1 is stopped: make calls between onInit and stop",
      }),
    );
    expect(await failure(back.say({}))).toMatchObject({ reason: "CONTEXT_ENDED" });
    expect(await failure(caller.instances("test.w1.back"))).toMatchObject({ reason: "CONTEXT_ENDED" });
  });

  test("fails the calls it had made: nobody knows what became of them", async () => {
    const slow = slowApp();
    const cluster = await startTestCluster([
      { app: slow.app, id: first },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    const caller = cluster.app("test.w1.caller.1");
    const answer = failure(caller.client(BackSer).say({}));
    await slow.entered;
    await caller.stop();
    expect(await answer).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    slow.open();
  });

  test("can be started again under its id", async () => {
    const cluster = await startTestCluster([
      { app: backApp(), id: first },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    const back = cluster.app("test.w1.caller.1").client(BackSer);
    await back.say({});
    await cluster.app(first).stop();
    const again = await cluster.start({ app: backApp({ say: () => ({ text: "again" }) }), id: first });
    expect(cluster.app(first)).toBe(again);
    expect((await back.say({})).text).toBe("again");
  });
});

describe("hooks", () => {
  test("may call others from onInit to onStop", async () => {
    const texts: string[] = [];
    const call = async (app: App, text: string) => {
      texts.push((await app.client(BackSer).say({ text })).text);
    };
    const cluster = await startTestCluster([
      { app: backApp(), id: first },
      {
        app: frontApp(
          {},
          {
            onInit: (app) => call(app, "onInit"),
            onReady: (app) => call(app, "onReady"),
            onStop: (app) => call(app, "onStop"),
          },
        ),
        id: "test.w1.front.1",
      },
    ]);
    await cluster.app("test.w1.front.1").stop();
    expect(texts).toEqual(["onInit", "onReady", "onStop"]);
  });

  test("onStop runs when no call is served any more", async () => {
    const slow = slowApp();
    const steps: string[] = [];
    const app = { ...slow.app, onStop: () => void steps.push("onStop") };
    const cluster = await startTestCluster([
      { app, id: first },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    const answer = cluster
      .app("test.w1.caller.1")
      .client(BackSer)
      .say({})
      .then(() => steps.push("answered"));
    await slow.entered;
    const stopped = cluster.app(first).stop();
    slow.open();
    await Promise.all([answer, stopped]);
    expect(steps).toEqual(["answered", "onStop"]);
  });
});

describe("health", () => {
  test("is what plugins see from the start to the end", async () => {
    const seen: string[] = [];
    const contexts: PluginContext[] = [];
    const note = (name: string) => {
      const { alive, ready } = contexts[0]?.health() ?? { alive: undefined, ready: undefined };
      seen.push(`${name} ${alive} ${ready}`);
    };
    const plugin = definePlugin({
      kind: "script",
      name: "script_noting",
      config: z.object({}),
      create: (_config, context) => {
        contexts.push(context);
        note("create");
        return { ...Object(undefined), [Symbol.asyncDispose]: async () => note("dispose") };
      },
    });
    const app = await startApp(backApp({}, { onInit: () => note("onInit"), onReady: () => note("onReady") }), {
      id: first,
      plugins: [plugin],
      config: "[[Plugin.Script.script_noting]]\n",
    });
    await app.drain();
    note("drained");
    await app.stop();
    note("stopped");
    expect(seen).toEqual([
      "create true false",
      "onInit true false",
      "onReady true true",
      "drained true false",
      "dispose true false",
      "stopped false false",
    ]);
  });

  test("is what the app's own check says", async () => {
    let works = true;
    await using app = await startApp(backApp({}, { healthCheck: () => works }), { id: first });
    expect(app.health()).toEqual({ alive: true, ready: true });
    works = false;
    expect(app.health()).toEqual({ alive: false, ready: false });
  });

  test("is bad when the check throws, and the log says so", async () => {
    const cluster = await startTestCluster([
      {
        app: backApp(
          {},
          {
            healthCheck: () => {
              throw new Error("broken check");
            },
          },
        ),
        id: first,
      },
    ]);
    expect(cluster.app(first).health()).toEqual({ alive: false, ready: false });
    expect(cluster.log.at("error")).toMatchObject([
      { message: "the health check threw", fields: { error: { message: "broken check" } } },
    ]);
  });
});

describe("a cluster", () => {
  test("sees only itself, though another one has apps of the same names", async () => {
    const member = (text: string) => [
      { app: backApp({ say: () => ({ text }) }), id: first },
      { app: callerApp(), id: "test.w1.caller.1" },
    ];
    const [one, two] = [await startTestCluster(member("one")), await startTestCluster(member("two"))];
    const say = async ({ app }: typeof one) => (await app("test.w1.caller.1").client(BackSer).say({})).text;
    expect([await say(one), await say(two)]).toEqual(["one", "two"]);
    await one[Symbol.asyncDispose]();
    expect(await say(two)).toBe("two");
  });

  test("that can't start stops what had started", async () => {
    const stopped: string[] = [];
    const onStop = ({ id }: App) => void stopped.push(id.app);
    const fail = () => {
      throw new Error("broken");
    };
    const start = startTestCluster([
      { app: backApp({}, { onStop }), id: first },
      { app: backApp({}, { onStop }), id: second },
      { app: callerApp({ onInit: fail }), id: "test.w1.caller.1" },
    ]);
    expect(await failure(start)).toEqual(new Error("broken"));
    expect(stopped).toEqual([second, first]);
  });

  test("knows its apps by their ids", async () => {
    const cluster = await startTestCluster([{ app: backApp(), id: first }]);
    expect(cluster.apps.map(({ id }) => id.app)).toEqual([first]);
    expect(() => cluster.app(second)).toThrow("the cluster has no app test.w1.back.2; it has test.w1.back.1");
  });

  test("an app of no cluster is alone, and the log says so", async () => {
    await using app = await startApp(backApp(), { id: first });
    expect((await app.client(BackSer).say({ number: 7 })).number).toBe(7);
    expect(await failure(app.client(FrontSer).to(p2p("test.w1.front.1")).say({}, { timeoutMs: 1 }))).toMatchObject({
      reason: "NO_INSTANCE",
    });
  });
});

describe("an app's entry in the registry", () => {
  test("says how it is reached and since when it runs", async () => {
    const before = Math.floor(Date.now() / 1000);
    const cluster = await startTestCluster([
      { app: backApp(), id: first },
      { app: backApp(), id: second },
    ]);
    const app = cluster.app(first);
    expect(app.endpoints).toEqual([{ scheme: "memory", endpoint: first }]);
    const instances = await app.instances("test.w1.back");
    expect(instances).toEqual([
      expect.objectContaining({ app: first, service: "test.w1.back", host: first, port: 0 }),
      expect.objectContaining({ app: second }),
    ]);
    const meta = instances[0]?.meta;
    expect(meta?.["m3ep.memory"]).toBe(first);
    expect(Number(meta?.m3appver)).toBeGreaterThanOrEqual(before);
    expect(await app.instances("test.w9.none")).toEqual([]);
  });
});
