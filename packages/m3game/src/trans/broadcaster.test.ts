import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { backApp, callerApp, failure, startTestCluster } from "../../test/support/cluster.ts";
import { RecordingLog } from "../../test/support/recording-log.ts";
import { BackSer, type Line } from "../../test/support/services.ts";
import type { App } from "../app/app.ts";
import type { Cluster } from "../app/cluster.ts";
import { startApp } from "../app/start-app.ts";
import { parseAppId } from "../meta/app-id.ts";
import { systemClock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import type { Broker } from "../plugin/broker.ts";
import { brokerMemory } from "../plugin/memory/broker-memory.ts";
import { createMemoryHub } from "../plugin/memory/memory-hub.ts";
import { broadcast, multicast } from "../rpc/route.ts";
import type { Context } from "../server/context.ts";

interface Heard {
  readonly app: string;
  readonly text: string;
  readonly context: Context;
}

/** A `back` app that notes what it hears. */
function listener(heard: Heard[], onHeard: () => void) {
  const hear = ({ text }: Line, context: Context) => {
    heard.push({ app: context.app.app, text, context });
    onHeard();
    return { text: "nobody sees this" };
  };
  return backApp({ tell: hear, say: hear });
}

describe("one call to many", () => {
  let heard: Heard[];
  let checks: Set<() => void>;
  let cluster: Cluster & { log: RecordingLog };
  let caller: App;

  beforeEach(async () => {
    heard = [];
    checks = new Set();
    const app = listener(heard, () => {
      for (const check of checks) check();
    });
    const ids = ["test.w1.back.1", "test.w1.back.2", "test.w2.back.1"];
    cluster = await startTestCluster([...ids.map((id) => ({ app, id })), { app: callerApp(), id: "test.w1.caller.1" }]);
    caller = cluster.app("test.w1.caller.1");
  });

  /** Resolves with who heard what, once it was heard this often. */
  const heardBy = (count: number) =>
    new Promise<readonly string[]>((resolve) => {
      const check = () => {
        if (heard.length >= count) resolve(heard.map(({ app, text }) => `${app} ${text}`).toSorted());
      };
      checks.add(check);
      check();
    });

  test("a broadcast reaches every instance of the function in the caller's world", async () => {
    const back = caller.client(BackSer).to(broadcast());
    expect(await back.tell({ text: "hi" }, { metadata: { role: "7" } })).toMatchObject({ text: "" });
    expect(await heardBy(2)).toEqual(["test.w1.back.1 hi", "test.w1.back.2 hi"]);
    expect(heard[0]?.context).toMatchObject({ sourceApp: "test.w1.caller.1" });
    expect(heard[0]?.context.metadata.get("role")).toBe("7");
  });

  test("a broadcast reaches another world when told to", async () => {
    await caller
      .client(BackSer)
      .to(broadcast({ world: "w2" }))
      .tell({ text: "hi" });
    expect(await heardBy(1)).toEqual(["test.w2.back.1 hi"]);
  });

  test("a broadcast is one way whatever the method, and the sender hears it too", async () => {
    const own = cluster.app("test.w1.back.1").client(BackSer).to(broadcast());
    expect(await own.say({ text: "own" })).toMatchObject({ text: "" });
    expect(await heardBy(2)).toEqual(["test.w1.back.1 own", "test.w1.back.2 own"]);
  });

  test("a multicast reaches those that subscribed, until they end it", async () => {
    const news = caller.client(BackSer).to(multicast("news"));
    const subscription = await cluster.app("test.w1.back.1").subscribe("news");
    await cluster.app("test.w2.back.1").subscribe("news");
    await news.tell({ text: "first" });
    expect(await heardBy(1)).toEqual(["test.w1.back.1 first"]);

    await cluster.app("test.w1.back.2").subscribe("news");
    await subscription[Symbol.asyncDispose]();
    await subscription[Symbol.asyncDispose]();
    await news.tell({ text: "second" });
    expect(await heardBy(2)).toEqual(["test.w1.back.1 first", "test.w1.back.2 second"]);

    await caller
      .client(BackSer)
      .to(multicast("news", { world: "w2" }))
      .tell({ text: "third" });
    expect(await heardBy(3)).toContain("test.w2.back.1 third");
  });

  test("an app that subscribed twice hears a multicast once, as long as one subscription lasts", async () => {
    const app = cluster.app("test.w1.back.1");
    const [first, second] = [await app.subscribe("news"), await app.subscribe("news")];
    const news = caller.client(BackSer).to(multicast("news"));
    await news.tell({ text: "a" });
    await heardBy(1);
    await first[Symbol.asyncDispose]();
    await news.tell({ text: "b" });
    expect(await heardBy(2)).toEqual(["test.w1.back.1 a", "test.w1.back.1 b"]);
    await second[Symbol.asyncDispose]();
    await news.tell({ text: "c" });
    await caller.client(BackSer).to(broadcast()).tell({ text: "end" });
    expect(await heardBy(4)).not.toContain("test.w1.back.1 c");
  });

  test("a topic can be joined again after it was left", async () => {
    const app = cluster.app("test.w1.back.1");
    await (await app.subscribe("news"))[Symbol.asyncDispose]();
    await app.subscribe("news");
    await caller.client(BackSer).to(multicast("news")).tell({ text: "a" });
    expect(await heardBy(1)).toEqual(["test.w1.back.1 a"]);
  });

  test("a malformed topic is refused", async () => {
    expect(await failure(caller.subscribe("a.b"))).toMatchObject({ reason: "ROUTE_INVALID" });
  });

  test("a stopped app hears nothing more", async () => {
    const app = cluster.app("test.w1.back.1");
    await app.subscribe("news");
    await app.stop();
    await cluster.app("test.w1.back.2").subscribe("news");
    await caller.client(BackSer).to(multicast("news")).tell({ text: "hi" });
    await caller.client(BackSer).to(broadcast()).tell({ text: "end" });
    expect(await heardBy(2)).toEqual(["test.w1.back.2 end", "test.w1.back.2 hi"]);
    expect(await failure(app.subscribe("news"))).toMatchObject({ reason: "CONTEXT_ENDED" });
  });
});

describe("the broker", () => {
  test("may carry what is no call: it is logged, and the app hears what follows", async () => {
    const hub = createMemoryHub();
    const log = new RecordingLog();
    const heard = Promise.withResolvers<string>();
    const app = await startApp(
      listener([], () => heard.resolve("heard")),
      {
        id: "test.w1.back.1",
        hub,
        plugins: [log.plugin],
        config: log.config,
      },
    );
    onTestFinished(() => app.stop());
    const broker = await brokerMemory(hub).create(
      {},
      {
        ...{ app: parseAppId("test.w1.x.1"), log: log.logger(), clock: systemClock, health: () => app.health() },
        ...{ options: { Shape: {} }, resolvePath: (path) => path },
        call: () => Promise.reject(new Error("it makes no calls")),
      },
    );
    await broker.publish("m3svc-test.w1.back", Uint8Array.of(0xff));
    await app.client(BackSer).to(broadcast()).tell({});
    expect(await heard.promise).toBe("heard");
    expect(log.at("warn")).toMatchObject([
      { message: "undecodable message on the broker", fields: { subject: "m3svc-test.w1.back" } },
    ]);
  });

  test("that can't be reached fails calls and subscriptions with what it says, until it is back", async () => {
    let isAway = false;
    const check = () => {
      if (isAway) throw reasonError("PLUGIN_FAILED", "the broker is away");
    };
    const broken: Broker = {
      maxPayloadBytes: 1,
      publish: async () => check(),
      subscribe: async () => {
        check();
        return { [Symbol.asyncDispose]: async () => {} };
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const { config } = brokerMemory(createMemoryHub());
    const plugin = { kind: "broker", name: "broker_memory", config, create: () => broken } as const;
    const cluster = await startTestCluster([{ app: callerApp({ plugins: [plugin] }), id: "test.w1.caller.1" }]);
    const app = cluster.app("test.w1.caller.1");
    const back = app.client(BackSer).to(broadcast());
    isAway = true;
    const away = { reason: "PLUGIN_FAILED", message: "the broker is away" };
    expect(await failure(back.tell({}))).toMatchObject(away);
    expect(await failure(app.subscribe("news"))).toMatchObject(away);
    isAway = false;
    await back.tell({});
    await app.subscribe("news");
  });
});
