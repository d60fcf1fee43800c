import { describe, expect, test } from "vitest";
import { backApp, callerApp, failure, frontApp, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer, HomelessSer } from "../../test/support/services.ts";
import type { AppDefinition } from "../app/define-app.ts";
import { multi } from "../server/multi.ts";
import { defineClient } from "./define-client.ts";
import { hash, multicast, p2p, random, single } from "./route.ts";

/** A `back` app whose answers name it. */
function namedApp(): AppDefinition {
  return backApp({
    say: (_request, { app }) => ({ text: app.app }),
    keyed: (_request, { app }) => ({ text: app.app }),
  });
}

async function start(...ids: readonly string[]) {
  const cluster = await startTestCluster([
    ...ids.map((id) => ({ app: namedApp(), id })),
    { app: callerApp(), id: "test.w1.caller.1" },
  ]);
  const caller = cluster.app("test.w1.caller.1");
  return { cluster, caller, back: caller.client(BackSer) };
}

const three = ["test.w1.back.1", "test.w1.back.2", "test.w1.back.3"];
const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);

describe("p2p", () => {
  test("reaches the app that it names, in any world", async () => {
    const { back } = await start(...three, "test.w2.back.1");
    for (const id of [...three, "test.w2.back.1"]) expect((await back.to(p2p(id)).say({})).text).toBe(id);
  });

  test("to an app that is not registered fails, saying which are", async () => {
    const { back } = await start(...three);
    const options = { timeoutMs: 1 };
    expect(await failure(back.to(p2p("test.w1.back.9")).say({}, options))).toMatchObject({
      reason: "NO_INSTANCE",
      message: expect.stringContaining(`app test.w1.back.9 is not registered; registered are ${three.join(", ")}`),
    });
    expect(await failure(back.to(p2p("test.w1.none.1")).say({}, options))).toMatchObject({
      message: expect.stringContaining("no app of test.w1.none is"),
    });
  });

  test("needs a whole app id", () => {
    expect(() => p2p("test.w1.back")).toThrow(expect.objectContaining({ reason: "ID_INVALID" }));
  });
});

describe("random", () => {
  test("reaches every instance in the end, and is the default", async () => {
    const { back } = await start(...three);
    const reached = new Set<string>();
    while (reached.size < 3) reached.add((await back.say({})).text);
    while (reached.size < 6) reached.add(`again ${(await back.to(random()).say({})).text}`);
    expect([...reached].toSorted()).toEqual([...three.map((id) => `again ${id}`), ...three]);
  });

  test("reaches another world when told to", async () => {
    const { back } = await start("test.w1.back.1", "test.w2.back.1");
    for (const route of [random({ world: "w2" }), single({ world: "w2" }), hash("k", { world: "w2" })]) {
      expect((await back.to(route).say({})).text).toBe("test.w2.back.1");
    }
    expect((await back.say({})).text).toBe("test.w1.back.1");
  });

  test("fails when nobody hosts the function", async () => {
    const { back } = await start();
    expect(await failure(back.say({}, { timeoutMs: 1 }))).toMatchObject({
      reason: "NO_INSTANCE",
      message: expect.stringContaining("no app of test.w1.back is registered; is one started, in this env and world?"),
    });
  });
});

describe("hash", () => {
  test("sends a key to one instance always, keys to all of them", async () => {
    const { back } = await start(...three);
    const owners = async () => Promise.all(keys.map(async (text) => (await back.keyed({ text })).text));
    const first = await owners();
    expect(await owners()).toEqual(first);
    expect(new Set(first)).toEqual(new Set(three));
  });

  test("by hand is the same as by route_key; numbers count as their text", async () => {
    const { back } = await start(...three);
    for (const key of [7, 7n, "7"]) {
      expect((await back.to(hash(key)).say({})).text).toBe((await back.keyed({ text: "7" })).text);
    }
  });

  test("needs a key", async () => {
    const { back } = await start(...three);
    expect(await failure(back.keyed({}))).toMatchObject({
      reason: "ROUTE_INVALID",
      message:
        "/m3test.BackSer/Keyed is routed by the field text, which is empty: set it, or choose a route with .to(…)",
    });
    expect((await back.to(single()).keyed({})).text).toBe("test.w1.back.1");
    expect(() => hash("")).toThrow(expect.objectContaining({ reason: "ROUTE_INVALID" }));
  });
});

describe("single", () => {
  test("reaches the smallest app id, whoever that is now", async () => {
    const { cluster, back } = await start("test.w1.back.2", "test.w1.back.3");
    const leader = async () => (await back.to(single()).say({})).text;
    expect(await leader()).toBe("test.w1.back.2");
    await cluster.start({ app: namedApp(), id: "test.w1.back.1" });
    expect(await leader()).toBe("test.w1.back.1");
    await cluster.app("test.w1.back.1").stop();
    expect(await leader()).toBe("test.w1.back.2");
  });
});

describe("multicast", () => {
  test.each(["", "a.b", "a b", "*", "t".repeat(129)])("refuses the topic %j", (topic) => {
    expect(() => multicast(topic)).toThrow(expect.objectContaining({ reason: "ROUTE_INVALID" }));
  });
});

describe("a client", () => {
  test("of a service that does not say who hosts it needs to be told", async () => {
    const cluster = await startTestCluster([
      {
        app: frontApp(
          {},
          { servers: [multi(HomelessSer, { say: (r) => r, repeat: (r) => r, tell: (r) => r, keyed: (r) => r })] },
        ),
        id: "test.w1.front.1",
      },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    const caller = cluster.app("test.w1.caller.1");
    expect(() => caller.client(HomelessSer)).toThrow(
      expect.objectContaining({
        reason: "ROUTE_INVALID",
        message: expect.stringContaining("nothing says which function hosts m3test.HomelessSer"),
      }),
    );
    const told = caller.client(defineClient(HomelessSer, { func: "front" }));
    expect((await told.say({ number: 7 })).number).toBe(7);
  });

  test("comes with the routing and the checks that the provider defined; the caller's route wins", async () => {
    const { caller } = await start(...three);
    const defined = defineClient(BackSer, {
      route: { say: ({ number }) => p2p(`test.w1.back.${number}`) },
      check: {
        say: ({ number }) => {
          if (number > 3) throw new RangeError(`no app ${number}`);
        },
      },
    });
    const client = caller.client(defined);
    expect((await client.say({ number: 2 })).text).toBe("test.w1.back.2");
    expect((await client.to(p2p("test.w1.back.3")).say({ number: 2 })).text).toBe("test.w1.back.3");
    expect(await failure(client.say({ number: 4 }))).toEqual(new RangeError("no app 4"));
    expect((await client.repeat({ number: 4 })).number).toBe(4);
  });

  test("with a route leaves the client it was made of as it was", async () => {
    const { back } = await start(...three);
    const third = back.to(p2p("test.w1.back.3"));
    await back.to(p2p("test.w1.back.2")).say({});
    expect((await third.say({})).text).toBe("test.w1.back.3");
    const reached = new Set<string>();
    while (reached.size < 3) reached.add((await back.say({})).text);
  });
});
