import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ActorControlSer } from "../../gen/m3/actor_control_pb.js";
import { backApp, type LineHandlers, startTestCluster } from "../../test/support/cluster.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { type CallFields, TestOutboundCall } from "../../test/support/outbound-call.ts";
import { RawNetwork } from "../../test/support/raw-network.ts";
import { BackSer, FrontSer, LineSchema } from "../../test/support/services.ts";
import { defineApp } from "../app/define-app.ts";
import { Code } from "../meta/code.ts";
import { M3Error } from "../meta/error.ts";
import { MetaKey, RouteType } from "../meta/route-type.ts";
import { MemoryCall } from "../plugin/memory/memory-call.ts";
import { definePlugin } from "../plugin/plugin.ts";
import type { TransHost } from "../plugin/trans.ts";
import { defineClient } from "../rpc/define-client.ts";
import type { Interceptor } from "../rpc/interceptor.ts";
import { p2p, random } from "../rpc/route.ts";
import type { Context } from "./context.ts";
import { ledBy } from "./led-by.ts";
import { multi } from "./multi.ts";

const back = "test.w1.back.1";

async function start(handlers: Partial<LineHandlers> = {}, config = "") {
  const network = new RawNetwork();
  const app = await network.start(backApp(handlers), back, config);
  const send = (fields: CallFields = {}) => network.send(back, new TestOutboundCall(random(), fields));
  return { network, app, send, log: network.log };
}

const hi = toBinary(LineSchema, create(LineSchema, { text: "hi" }));
const textOf = (outcome: unknown) =>
  outcome instanceof Uint8Array ? fromBinary(LineSchema, outcome).text : String(outcome);

describe("a handler that fails", () => {
  test("with an Error: the caller learns INTERNAL and where to look, the log has the rest", async () => {
    const error = new TypeError("password is 12345");
    const { send, log } = await start({
      say: () => {
        throw error;
      },
    });
    const outcome = await send();
    expect(outcome).toMatchObject({
      code: Code.INTERNAL,
      reason: "HANDLER_FAILED",
      notExecuted: false,
      message: "/m3test.BackSer/Say failed; the log of test.w1.back.1 says why",
    });
    expect(Object(outcome).cause).toBeUndefined();
    expect(log.at("error")).toEqual([
      {
        level: "error",
        message: "handler failed",
        fields: { app: back, method: "/m3test.BackSer/Say", from: "test.w1.caller.1", error },
      },
    ]);
  });

  test.each([Promise.reject.bind(Promise), undefined])("with anything else, thrown or rejected", async (reject) => {
    const { send } = await start({
      say: () => {
        if (reject !== undefined) return reject("text");
        throw null;
      },
    });
    expect(await send()).toMatchObject({ reason: "HANDLER_FAILED" });
  });

  test("with an M3Error: the caller gets it, nothing is logged", async () => {
    const details = [{ type: "m3test.Line", value: hi }];
    const { send, log } = await start({
      say: async () => {
        throw new M3Error(Code.NOT_FOUND, "no club 7", { reason: "NO_CLUB", details });
      },
    });
    expect(await send()).toMatchObject({ code: Code.NOT_FOUND, message: "no club 7", reason: "NO_CLUB", details });
    expect(log.at("error")).toEqual([]);
  });

  test("serves the next call all the same", async () => {
    const { send } = await start({
      say: (request) => {
        if (request.text === "") throw new Error("empty");
        return request;
      },
    });
    await send();
    expect(textOf(await send({ payload: hi }))).toBe("hi");
  });
});

describe("a handler's result", () => {
  /** A handler that answers with what a program without types might. */
  const answer =
    (value: unknown): LineHandlers["say"] =>
    () =>
      JSON.parse("[0]").map(() => value)[0];

  test.each([
    ["the message itself", create(LineSchema, { text: "hi" })],
    ["its fields", { text: "hi" }],
    ["a promise", Promise.resolve({ text: "hi" })],
    // biome-ignore lint/suspicious/noThenProperty: what query builders return
    ["something that can be awaited", { then: (resolve: (value: object) => void) => resolve({ text: "hi" }) }],
  ])("may be %s", async (_name, value) => {
    const { send } = await start({ say: answer(value) });
    expect(textOf(await send())).toBe("hi");
  });

  test.each([
    ["undefined", undefined, "it returned undefined"],
    ["null", null, "it returned null"],
    ["a text", "hi", "it returned hi"],
    ["a list", [{ text: "hi" }], "it returned an array"],
    ["another message", create(BackSer.method.say.input, {}).$typeName, "it returned m3test.Line"],
    ["a text for a number", { number: "seven" }, "number"],
    ["a promise of nothing", Promise.resolve(), "it returned undefined"],
  ])("must not be %s", async (_name, value, message) => {
    const { send, log } = await start({ say: answer(value) });
    expect(await send()).toMatchObject({
      code: Code.INTERNAL,
      reason: "BAD_RESPONSE",
      message: expect.stringContaining("/m3test.BackSer/Say must return the fields of m3test.Line; "),
    });
    expect(String(await send())).toContain(message);
    expect(log.at("error")).toHaveLength(2);
    expect(log.at("error")[0]?.message).toBe("handler failed");
  });
});

describe("a call is refused", () => {
  test.each([
    [
      "of an unknown method",
      { method: "/m3test.BackSer/None" },
      "UNKNOWN_METHOD",
      "has no method /m3test.BackSer/None",
    ],
    ["of another service", { method: "/m3test.FrontSer/Say" }, "UNKNOWN_METHOD", "test.w1.back.1 has no method"],
    ["that can't be decoded", { payload: Uint8Array.of(0xff) }, "BAD_REQUEST", "is no m3test.Line"],
    ["whose deadline has passed", { deadline: 0 }, "DEADLINE", "arrived after its deadline"],
  ] as const)("%s", async (_name, fields, reason, message) => {
    let handled = 0;
    const { send, app } = await start({ say: () => ({ number: ++handled }) });
    expect(await send(fields)).toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(handled).toBe(0);
    expect(app.inFlight).toBe(0);
  });

  test("that was meant for another app", async () => {
    const host = Promise.withResolvers<TransHost>();
    const trans = definePlugin({
      kind: "trans",
      name: "trans_captured",
      config: z.object({}),
      create: () => ({
        scheme: "captured",
        preference: 1,
        isGrpc: false,
        listen: async (listening: TransHost) => {
          host.resolve(listening);
          return { endpoint: "here", drain: () => {}, [Symbol.asyncDispose]: async () => {} };
        },
        connect: () => {
          throw new Error("not used");
        },
        [Symbol.asyncDispose]: async () => {},
      }),
    });
    await startTestCluster([
      { app: backApp({}, { plugins: [trans] }), id: back, config: "[[Plugin.Trans.trans_captured]]\n" },
    ]);
    const call = new MemoryCall(
      new TestOutboundCall(random(), { routeType: RouteType.P2P }),
      "test.w1.back.2",
      () => {},
    );
    const failed = Promise.withResolvers<M3Error>();
    call.fail = failed.resolve;
    (await host.promise).dispatch(call);
    expect(await failed.promise).toMatchObject({
      reason: "WRONG_APP",
      notExecuted: true,
      message: "the call was meant for test.w1.back.2 and reached test.w1.back.1",
    });
  });

  test("beyond MaxInFlight, until one of those is answered", async () => {
    const opened = Promise.withResolvers<void>();
    let running = 0;
    const { send } = await start(
      {
        say: async (request) => {
          running++;
          await opened.promise;
          return request;
        },
      },
      "[Options.Rpc]\nMaxInFlight = 2\n",
    );
    const calls = [send({ payload: hi }), send({ payload: hi })];
    const refused = await send();
    expect(refused).toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      reason: "OVERLOADED",
      notExecuted: true,
      message: "test.w1.back.1 serves 2 calls already",
    });
    opened.resolve();
    expect((await Promise.all(calls)).map(textOf)).toEqual(["hi", "hi"]);
    expect(textOf(await send({ payload: hi }))).toBe("hi");
    expect(running).toBe(3);
  });

  test("silently but for the log when it is one-way", async () => {
    const { send, log } = await start();
    await send({ method: "/m3test.BackSer/None", notify: true });
    expect(log.at("warn")).toMatchObject([
      {
        message: "one-way call refused",
        fields: { method: "/m3test.BackSer/None", from: "test.w1.caller.1", error: { reason: "UNKNOWN_METHOD" } },
      },
    ]);
  });
});

describe("a handler that never returns", () => {
  test("is given up at the deadline: the caller gets DEADLINE, the context is aborted", async () => {
    const time = stopTime();
    const entered = Promise.withResolvers<Context>();
    const { send, app } = await start({
      say: (_request, context) => {
        entered.resolve(context);
        return Promise.withResolvers<object>().promise;
      },
    });
    const outcome = send({ deadline: performance.now() + 50 });
    await time.pass(0);
    const context = await entered.promise;
    const { signal } = context;
    expect(app.inFlight).toBe(1);
    await time.pass(70);
    expect(await outcome).toMatchObject({ reason: "DEADLINE", message: expect.stringContaining("on test.w1.back.1") });
    expect(signal.reason).toMatchObject({ reason: "DEADLINE" });
    expect(context.remainingMs).toBe(0);
    expect(app.inFlight).toBe(0);
  });

  test("has the default deadline when the call comes with none", async () => {
    const time = stopTime();
    const { send } = await start({ say: () => Promise.withResolvers<object>().promise });
    const outcome = send();
    await time.pass(5020);
    expect(await outcome).toMatchObject({ reason: "DEADLINE" });
  });

  test("may answer late: that harms nothing", async () => {
    const time = stopTime();
    const opened = Promise.withResolvers<object>();
    const { send, log } = await start({ say: () => opened.promise });
    const outcome = send({ deadline: performance.now() + 50 });
    await time.pass(70);
    await outcome;
    opened.resolve({ text: "late" });
    expect(await send({ method: "/m3test.BackSer/Repeat" })).toBeInstanceOf(Uint8Array);
    expect(log.at("error")).toEqual([]);
  });

  test("may fail late: that harms nothing", async () => {
    const time = stopTime();
    const opened = Promise.withResolvers<object>();
    const { send } = await start({ say: () => opened.promise });
    const outcome = send({ deadline: performance.now() + 50 });
    await time.pass(70);
    expect(await outcome).toMatchObject({ reason: "DEADLINE" });
    opened.reject(new Error("late"));
    expect(await send({ method: "/m3test.BackSer/Repeat" })).toBeInstanceOf(Uint8Array);
  });
});

test("a handler's log says which method and whose call it is", async () => {
  const { send, log } = await start({
    say: (request, context) => {
      context.log.info("hello", { text: request.text });
      return request;
    },
  });
  await send({ payload: hi });
  expect(log.at("info")).toContainEqual({
    level: "info",
    message: "hello",
    fields: { app: back, method: "/m3test.BackSer/Say", from: "test.w1.caller.1", text: "hi" },
  });
});

describe("a service for apps only", () => {
  const method = "/proto.ActorControlSer/HandOver";
  const handlers = { handOver: () => ({}), takeOver: () => ({}) };
  const controlApp = defineApp({ func: "back", servers: [multi(ActorControlSer, handlers)] });

  async function startControl() {
    const network = new RawNetwork();
    await network.start(controlApp, back);
    const key = network.hub.registry.table("test.w1.back")[0]?.meta[MetaKey.controlKey] ?? "";
    const ask = (shown: string) =>
      network.send(back, new TestOutboundCall(random(), { method, metadata: new Map([["app-key", shown]]) }));
    return { network, key, ask };
  }

  test("refuses who does not show the key of its registry entry", async () => {
    const { network, key, ask } = await startControl();
    expect(key).toMatch(/^[\w-]{32}$/);
    for (const wrong of ["", `${key}x`, key.replace(/./, (char) => (char === "a" ? "b" : "a"))]) {
      expect(await ask(wrong)).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
    }
    const without = await network.send(back, new TestOutboundCall(random(), { method }));
    expect(without).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
    expect(await ask(key)).toBeInstanceOf(Uint8Array);
  });

  test("is called by other apps as any other, also when they hand the call on", async () => {
    const led = ledBy("keeper", ActorControlSer, async () => multi(ActorControlSer, handlers));
    const app = defineApp({ func: "back", servers: [led] });
    const [other, caller] = ["test.w1.back.2", "test.w1.caller.1"];
    const cluster = await startTestCluster([
      ...[back, other].map((id) => ({ app, id })),
      { app: defineApp({ func: "caller", servers: [] }), id: caller },
    ]);
    const client = cluster.app(caller).client(defineClient(ActorControlSer, { func: "back" }));
    for (const id of [back, other]) expect(await client.to(p2p(id)).handOver({})).toBeDefined();
  });
});

describe("multi", () => {
  test("runs handlers concurrently", async () => {
    const both = Promise.withResolvers<void>();
    let entered = 0;
    const { send } = await start({
      say: async (request) => {
        if (++entered === 2) both.resolve();
        await both.promise;
        return request;
      },
    });
    expect((await Promise.all([send({ payload: hi }), send({ payload: hi })])).map(textOf)).toEqual(["hi", "hi"]);
  });

  test("calls handlers as methods of the object that holds them", async () => {
    class Counting implements LineHandlers {
      count = 0;
      say() {
        return { number: ++this.count };
      }
      repeat = () => ({});
      tell = () => ({});
      keyed = () => ({});
    }
    const handlers = new Counting();
    const network = new RawNetwork();
    await network.start(defineApp({ func: "back", servers: [multi(BackSer, handlers)] }), back);
    await network.send(back, new TestOutboundCall());
    await network.send(back, new TestOutboundCall());
    expect(handlers.count).toBe(2);
  });

  test("without a handler for each method stops the start", async () => {
    const incomplete: object = { say: () => ({}) };
    const app = backApp({}, { servers: [multi(BackSer, { ...incomplete } as LineHandlers)] });
    await expect(startTestCluster([{ app, id: back }])).rejects.toThrow(
      'the handlers of m3test.BackSer have no function "repeat"',
    );
  });
});

test("an app hosts several services", async () => {
  const network = new RawNetwork();
  const echo: LineHandlers = { say: (r) => r, repeat: (r) => r, tell: (r) => r, keyed: (r) => r };
  const servers = [multi(BackSer, echo), multi(FrontSer, echo)];
  const app = await network.start(defineApp({ func: "back", servers }), back);
  for (const method of ["/m3test.BackSer/Say", "/m3test.FrontSer/Say"]) {
    const outcome = await network.send(back, new TestOutboundCall(random(), { method, payload: hi }));
    expect(textOf(outcome)).toBe("hi");
  }
  await app.stop();
});

test("an interceptor that awaits gets the response of a handler that answered at once", async () => {
  const seen: unknown[] = [];
  const watch: Interceptor = async (_call, next) => {
    const response = await next();
    seen.push(response);
    return response;
  };
  const network = new RawNetwork();
  await network.start(backApp({}, { interceptors: [watch] }), back);
  await network.send(back, new TestOutboundCall(random(), { payload: hi }));
  expect(seen).toEqual([create(LineSchema, { text: "hi" })]);
});
