import { describe, expect, test } from "vitest";
import { backApp, callerApp, failure, type LineHandlers, startTestCluster } from "../../test/support/cluster.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { BackSer, FrontSer } from "../../test/support/services.ts";
import { type AppDefinition, defineApp } from "../app/define-app.ts";
import { p2p } from "../rpc/route.ts";
import { type AsyncOptions, async } from "./async.ts";

const rest: LineHandlers = { say: (r) => r, repeat: (r) => r, tell: (r) => r, keyed: (r) => r };

/** An app of the function `front` whose service is an async one. */
function asyncApp(handlers: Partial<LineHandlers>, options?: AsyncOptions): AppDefinition {
  return defineApp({ func: "front", servers: [async(FrontSer, { ...rest, ...handlers }, options)] });
}

async function start(front: AppDefinition, back: AppDefinition = backApp()) {
  const cluster = await startTestCluster([
    { app: back, id: "test.w1.back.1" },
    { app: front, id: "test.w1.front.1" },
    { app: callerApp(), id: "test.w1.caller.1" },
  ]);
  const caller = cluster.app("test.w1.caller.1");
  return { cluster, front: caller.client(FrontSer), back: caller.client(BackSer) };
}

/** Lets everything happen that needs no timer. */
const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Handlers that wait here until they are let go, and who came. */
function waitingRoom() {
  const waiting = new Map<string, () => void>();
  const entered: string[] = [];
  const arrivals = new Set<() => void>();
  return {
    entered,
    wait: (name: string) =>
      new Promise<void>((resolve) => {
        waiting.set(name, resolve);
        entered.push(name);
        for (const check of arrivals) check();
      }),
    letGo: (name: string) => waiting.get(name)?.(),
    /** Resolves once this many have come. */
    arrived: (count: number) =>
      new Promise<void>((resolve) => {
        const check = () => entered.length >= count && resolve();
        arrivals.add(check);
        check();
      }),
  };
}

describe("an async server", () => {
  test("runs its handlers one at a time, in the order in which the calls came", async () => {
    const room = waitingRoom();
    const { front } = await start(
      asyncApp({ say: (r) => room.wait(r.text).then(() => r), repeat: (r) => room.wait(r.text).then(() => r) }),
    );
    const calls = [front.say({ text: "a" }), front.repeat({ text: "b" }), front.say({ text: "c" })];
    await room.arrived(1);
    await settle();
    expect(room.entered).toEqual(["a"]);
    room.letGo("a");
    await room.arrived(2);
    await settle();
    expect(room.entered).toEqual(["a", "b"]);
    room.letGo("b");
    await room.arrived(3);
    room.letGo("c");
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(["a", "b", "c"]);
  });

  test("keeps the turn through any await but that of an own call", async () => {
    const log: string[] = [];
    const { front } = await start(
      asyncApp({
        say: async (r) => {
          log.push(`${r.text} in`);
          await settle();
          await Promise.resolve();
          await settle();
          log.push(`${r.text} out`);
          return r;
        },
      }),
    );
    await Promise.all([front.say({ text: "a" }), front.say({ text: "b" }), front.say({ text: "c" })]);
    expect(log).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
  });

  test("lets the next in while one waits for a call through its own context", async () => {
    const room = waitingRoom();
    const entered: string[] = [];
    const { front } = await start(
      asyncApp({
        say: async (r, context) => {
          entered.push(r.text);
          return context.client(BackSer).say(r);
        },
      }),
      backApp({ say: (r) => room.wait(r.text).then(() => r) }),
    );
    const calls = ["a", "b", "c"].map((text) => front.say({ text }));
    await room.arrived(3);
    expect(entered).toEqual(["a", "b", "c"]);
    for (const name of ["c", "a", "b"]) room.letGo(name);
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(["a", "b", "c"]);
  });

  test("never runs two handlers between two such waits", async () => {
    let inside = 0;
    let most = 0;
    let counter = 0;
    const burst = async () => {
      most = Math.max(most, ++inside);
      const before = counter;
      await Promise.resolve();
      await settle();
      counter = before + 1;
      inside--;
    };
    const { front } = await start(
      asyncApp({
        say: async (r, context) => {
          await burst();
          await context.client(BackSer).say(r);
          await burst();
          await context.client(BackSer).say(r);
          await burst();
          return r;
        },
      }),
    );
    await Promise.all(Array.from({ length: 20 }, (_, number) => front.say({ number })));
    expect(most).toBe(1);
    expect(counter).toBe(60);
  });

  test("a handler may wait for several own calls at once", async () => {
    const room = waitingRoom();
    const { front } = await start(
      asyncApp({
        say: async (_request, context) => {
          const back = context.client(BackSer);
          const answers = await Promise.all(["x", "y", "z"].map((text) => back.say({ text })));
          return { text: answers.map(({ text }) => text).join("") };
        },
        repeat: (r) => r,
      }),
      backApp({ say: (r) => room.wait(r.text).then(() => r) }),
    );
    const answer = front.say({});
    await room.arrived(3);
    room.letGo("y");
    await settle();
    expect((await front.repeat({ text: "meanwhile" })).text).toBe("meanwhile");
    room.letGo("x");
    room.letGo("z");
    expect((await answer).text).toBe("xyz");
  });

  test("is not stuck by a call that comes back to it", async () => {
    const { front } = await start(
      asyncApp({
        say: (r, context) => context.client(BackSer).say(r),
        repeat: (r) => ({ text: `${r.text} and back` }),
      }),
      backApp({ say: (r, context) => context.client(FrontSer).repeat(r) }),
    );
    expect((await front.say({ text: "there" })).text).toBe("there and back");
  });

  test("is not stuck by a handler that calls its own service, also several at once", async () => {
    const { front } = await start(
      asyncApp({
        say: async (r, context) => {
          const own = context.client(FrontSer);
          const [a, b] = await Promise.all([own.repeat({ text: "a" }), own.repeat({ text: "b" })]);
          return { text: r.text + a.text + b.text };
        },
      }),
    );
    expect((await front.say({ text: "own " })).text).toBe("own ab");
  });

  test("answers calls from outside any handler while one waits", async () => {
    const room = waitingRoom();
    const { cluster } = await start(
      asyncApp({ say: (r, context) => context.client(BackSer).say(r) }),
      backApp({ say: (r) => room.wait(r.text).then(() => r) }),
    );
    const own = cluster.app("test.w1.front.1").client(FrontSer);
    const slow = own.say({ text: "slow" });
    await room.arrived(1);
    expect((await own.repeat({ text: "quick" })).text).toBe("quick");
    room.letGo("slow");
    expect((await slow).text).toBe("slow");
  });

  test("goes on when a handler throws, at once or later, before or after an own call", async () => {
    const fail = () => {
      throw new Error("broken");
    };
    const { front } = await start(
      asyncApp({
        say: fail,
        repeat: async () => fail(),
        keyed: async (r, context) => {
          await context.client(BackSer).say(r);
          return fail();
        },
        tell: fail,
      }),
    );
    for (let round = 0; round < 2; round++) {
      expect(await failure(front.say({}))).toMatchObject({ reason: "HANDLER_FAILED" });
      expect(await failure(front.repeat({}))).toMatchObject({ reason: "HANDLER_FAILED" });
      expect(await failure(front.keyed({ text: "k" }))).toMatchObject({ reason: "HANDLER_FAILED" });
      await front.tell({});
    }
  });

  test("gets its turn back before an own call's error is seen", async () => {
    let inside = 0;
    let most = 0;
    const { front } = await start(
      asyncApp({
        say: async (r, context) => {
          await failure(context.client(BackSer).say(r));
          most = Math.max(most, ++inside);
          await settle();
          inside--;
          return r;
        },
      }),
      backApp({
        say: () => {
          throw new Error("broken");
        },
      }),
    );
    await Promise.all(Array.from({ length: 5 }, () => front.say({})));
    expect(most).toBe(1);
  });
});

describe("calls that wait for their turn", () => {
  test("beyond the queue limit are refused: certainly not executed", async () => {
    // The call must not be late before it is refused.
    stopTime();
    const room = waitingRoom();
    const { front } = await start(asyncApp({ say: (r) => room.wait(r.text).then(() => r) }, { maxQueue: 2 }));
    const calls = ["a", "b", "c"].map((text) => front.say({ text }));
    await room.arrived(1);
    expect(await failure(front.say({ text: "d" }, { timeoutMs: 5 }))).toMatchObject({
      reason: "OVERLOADED",
      notExecuted: true,
      message: expect.stringContaining("2 calls wait for their turn at /m3test.FrontSer/Say"),
    });
    for (const [index, name] of ["a", "b", "c"].entries()) {
      await room.arrived(index + 1);
      room.letGo(name);
    }
    await Promise.all(calls);
    expect(room.entered).toEqual(["a", "b", "c"]);
  });

  test("do not run when their caller gave up meanwhile", async () => {
    const room = waitingRoom();
    const { front } = await start(asyncApp({ say: (r) => room.wait(r.text).then(() => r) }));
    const first = front.say({ text: "first" });
    await room.arrived(1);
    const abort = new AbortController();
    const given = failure(front.say({ text: "given up" }, { signal: abort.signal }));
    const last = front.say({ text: "last" });
    await settle();
    abort.abort();
    expect(await given).toMatchObject({ reason: "CANCELLED" });
    room.letGo("first");
    await room.arrived(2);
    room.letGo("last");
    await Promise.all([first, last]);
    expect(room.entered).toEqual(["first", "last"]);
  });

  test("run when the caller of a handler that waits for an own call gives up", async () => {
    const room = waitingRoom();
    const seen = Promise.withResolvers<unknown>();
    const { front } = await start(
      asyncApp({
        say: async (r, context) => {
          seen.resolve(await failure(context.client(BackSer).say(r)));
          return r;
        },
      }),
      backApp({ say: (r) => room.wait(r.text).then(() => r) }),
    );
    const abort = new AbortController();
    const given = failure(front.say({ text: "slow" }, { signal: abort.signal }));
    await room.arrived(1);
    abort.abort();
    expect(await given).toMatchObject({ reason: "CANCELLED" });
    expect(await seen.promise).toMatchObject({ reason: "CANCELLED" });
    expect((await front.repeat({ text: "next" })).text).toBe("next");
  });

  test("run when a handler left a call behind", async () => {
    const room = waitingRoom();
    const { front } = await start(
      asyncApp({
        say: (r, context) => {
          void context.client(BackSer).say(r);
          return r;
        },
      }),
      backApp({ say: (r) => room.wait(r.text).then(() => r) }),
    );
    expect((await front.say({ text: "left" })).text).toBe("left");
    await room.arrived(1);
    expect((await front.repeat({ text: "next" })).text).toBe("next");
    room.letGo("left");
    expect((await front.repeat({ text: "last" })).text).toBe("last");
  });

  test("pass a stuck handler after stuckAfterMs; the log names it", async () => {
    const time = stopTime();
    const room = waitingRoom();
    const { front, cluster } = await start(
      asyncApp({ say: (r) => room.wait(r.text).then(() => r) }, { stuckAfterMs: 300 }),
    );
    const options = { timeoutMs: 60_000 };
    const stuck = front.say({ text: "stuck" }, options);
    await room.arrived(1);
    await time.pass(1000);
    const next = front.repeat({ text: "next" }, options);
    await time.pass(299);
    expect(cluster.log.at("error")).toEqual([]);
    await time.pass(2);
    expect((await next).text).toBe("next");
    expect(cluster.log.at("error")).toMatchObject([
      {
        message: "handler keeps its turn too long; others run beside it now",
        fields: { app: "test.w1.front.1", service: "m3test.FrontSer", method: "/m3test.FrontSer/Say" },
      },
    ]);
    room.letGo("stuck");
    expect((await stuck).text).toBe("stuck");
    expect((await front.repeat({ text: "after" })).text).toBe("after");
  });

  test("let a handler that comes back from an own call go first", async () => {
    const room = waitingRoom();
    const order: string[] = [];
    const { front } = await start(
      asyncApp({
        say: async (r, context) => {
          await context.client(BackSer).say(r);
          order.push("came back");
          return r;
        },
        repeat: async (r) => {
          await room.wait(r.text);
          order.push(r.text);
          return r;
        },
      }),
      backApp({ say: (r) => room.wait("own call").then(() => r) }),
    );
    const calls = [front.say({})];
    await room.arrived(1);
    calls.push(front.repeat({ text: "runs" }));
    await room.arrived(2);
    calls.push(front.repeat({ text: "new" }));
    await settle();
    room.letGo("own call");
    await settle();
    room.letGo("runs");
    await room.arrived(3);
    room.letGo("new");
    await Promise.all(calls);
    expect(order).toEqual(["runs", "came back", "new"]);
  });

  test("are what makes a handler stuck: one that nobody waits for may take its time", async () => {
    const time = stopTime();
    const room = waitingRoom();
    const { front, cluster } = await start(
      asyncApp({ say: (r) => room.wait(r.text).then(() => r) }, { stuckAfterMs: 300 }),
    );
    const options = { timeoutMs: 60_000 };
    const calls = ["first", "second"].map((text) => front.say({ text }, options));
    await room.arrived(1);
    room.letGo("first");
    await room.arrived(2);
    await time.pass(1000);
    expect(cluster.log.at("error")).toEqual([]);
    room.letGo("second");
    await Promise.all(calls);
  });

  test("a handler that lost its turn waits for it again after its next own call", async () => {
    const time = stopTime();
    const room = waitingRoom();
    const order: string[] = [];
    const { front } = await start(
      asyncApp(
        {
          say: async (r, context) => {
            await room.wait("stuck");
            await context.client(BackSer).say(r);
            order.push("stuck goes on");
            return r;
          },
          repeat: async (r) => {
            await room.wait("other");
            order.push("other ends");
            return r;
          },
        },
        { stuckAfterMs: 300 },
      ),
    );
    const options = { timeoutMs: 60_000 };
    const stuck = front.say({}, options);
    await room.arrived(1);
    const other = front.repeat({}, options);
    await time.pass(301);
    await room.arrived(2);
    room.letGo("stuck");
    await settle();
    room.letGo("other");
    await Promise.all([stuck, other]);
    expect(order).toEqual(["other ends", "stuck goes on"]);
  });

  test("run once a handler whose deadline passed has returned", async () => {
    const time = stopTime();
    const room = waitingRoom();
    const { front } = await start(asyncApp({ say: (r) => room.wait(r.text).then(() => r) }));
    const late = failure(front.say({ text: "late" }, { timeoutMs: 50 }));
    await room.arrived(1);
    await time.pass(70);
    expect(await late).toMatchObject({ reason: "DEADLINE" });
    const next = front.repeat({ text: "next" });
    await settle();
    room.letGo("late");
    expect((await next).text).toBe("next");
  });
});

test("two apps that host the same server definition do not share its turn", async () => {
  const room = waitingRoom();
  const shared = asyncApp({ say: (r, { app }) => room.wait(app.app).then(() => r) });
  const cluster = await startTestCluster(["test.w1.front.1", "test.w1.front.2"].map((id) => ({ app: shared, id })));
  const calls = cluster.apps.map((app) => app.client(FrontSer).to(p2p(app.id.app)).say({}));
  await room.arrived(2);
  expect(room.entered.toSorted()).toEqual(["test.w1.front.1", "test.w1.front.2"]);
  for (const name of room.entered) room.letGo(name);
  await Promise.all(calls);
});
