import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { backApp, callerApp, failure, frontApp, startTestCluster } from "../../test/support/cluster.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { BackSer, FrontSer, type Line } from "../../test/support/services.ts";
import { Code } from "../meta/code.ts";
import { M3Error, reasonError } from "../meta/error.ts";
import type { Context } from "../server/context.ts";
import type { Interceptor } from "./interceptor.ts";

/** A handler that is entered and then waits to be told. */
function gate() {
  const entered = Promise.withResolvers<Context>();
  const opened = Promise.withResolvers<void>();
  const handler = async (request: Line, context: Context) => {
    entered.resolve(context);
    await opened.promise;
    return request;
  };
  return { handler, entered: entered.promise, open: opened.resolve };
}

/** Resolves with why the signal was aborted. */
function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });
}

async function start(...[back, front = frontApp()]: ReturnType<typeof backApp>[]) {
  const cluster = await startTestCluster([
    { app: back ?? backApp(), id: "test.w1.back.1" },
    { app: front, id: "test.w1.front.1" },
    { app: callerApp(), id: "test.w1.caller.1" },
  ]);
  const caller = cluster.app("test.w1.caller.1");
  return { cluster, back: caller.client(BackSer), front: caller.client(FrontSer) };
}

describe("a call", () => {
  test("carries request, metadata and the caller's id, and brings the response back", async () => {
    const { back } = await start(
      backApp({
        say: (request, { sourceApp, metadata, app, meta, remainingMs }) => ({
          text: [request.text, sourceApp, metadata.get("roleid"), app.app, meta.fullName].join(" "),
          number: remainingMs > 4000 && remainingMs <= 5000 ? 1 : 0,
        }),
      }),
    );
    const { text, number } = await back.say({ text: "hi" }, { metadata: { RoleId: "7" } });
    expect(text).toBe("hi test.w1.caller.1 7 test.w1.back.1 /m3test.BackSer/Say");
    expect(number).toBe(1);
  });

  test("many run at once, each with its own answer", async () => {
    const { back } = await start();
    const answers = await Promise.all(Array.from({ length: 300 }, (_, number) => back.say({ number })));
    expect(answers.map(({ number }) => number)).toEqual(Array.from({ length: 300 }, (_, number) => number));
  });

  test("an error of the callee arrives with its code, reason and retryAfter", async () => {
    const thrown = new M3Error(Code.NOT_FOUND, "no club 7", { reason: "NO_CLUB", retryAfterMs: 9 });
    const { back } = await start(
      backApp({
        say: () => {
          throw thrown;
        },
      }),
    );
    expect(await failure(back.say({}))).toMatchObject({
      code: Code.NOT_FOUND,
      message: "no club 7",
      reason: "NO_CLUB",
      retryAfterMs: 9,
    });
  });
});

describe("giving up", () => {
  test("a signal that was aborted before stops the call before it is sent", async () => {
    let calls = 0;
    const { back } = await start(backApp({ say: () => ({ number: ++calls }) }));
    expect(await failure(back.say({}, { signal: AbortSignal.abort() }))).toMatchObject({
      code: Code.CANCELLED,
      reason: "CANCELLED",
      message: "/m3test.BackSer/Say was cancelled by its caller",
    });
    expect((await back.say({})).number).toBe(1);
  });

  test("an abort rejects the call at once and is told to the callee", async () => {
    const { handler, entered } = gate();
    const { back } = await start(backApp({ say: handler }));
    const abort = new AbortController();
    const error = failure(back.say({}, { signal: abort.signal }));
    const { signal } = await entered;
    abort.abort(new Error("the caller's own reason"));
    expect(await error).toMatchObject({ reason: "CANCELLED" });
    expect(await aborted(signal)).toMatchObject({ reason: "CANCELLED" });
  });

  test("an abort after the answer does nothing; the signal is let go", async () => {
    const { back } = await start();
    const abort = new AbortController();
    const answer = await back.say({ number: 7 }, { signal: abort.signal });
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
    abort.abort();
    expect(answer.number).toBe(7);
    expect((await back.say({ number: 8 })).number).toBe(8);
  });

  test("timeoutMs bounds the call, and the callee is told", async () => {
    const time = stopTime();
    const { handler, entered } = gate();
    const { back } = await start(backApp({ say: handler }));
    const error = failure(back.say({}, { timeoutMs: 250 }));
    const { signal, remainingMs } = await entered;
    expect(remainingMs).toBe(250);
    await time.pass(260);
    expect(await error).toMatchObject({ code: Code.DEADLINE_EXCEEDED, reason: "DEADLINE", notExecuted: false });
    expect(await aborted(signal)).toMatchObject({ code: expect.any(Number) });
  });

  test("a timeout of 0 fails the call at once", async () => {
    const time = stopTime();
    const { back } = await start();
    const error = failure(back.say({}, { timeoutMs: 0 }));
    await time.pass(20);
    expect(await error).toMatchObject({ reason: "DEADLINE" });
  });

  test.each([Number.NaN, -1])("a timeout of %d is refused", async (timeoutMs) => {
    const { back } = await start();
    expect(await failure(back.say({}, { timeoutMs }))).toMatchObject({
      reason: "BAD_REQUEST",
      message: expect.stringContaining(`timeoutMs is ${timeoutMs}`),
    });
  });

  test("the default timeout comes from [Options.Rpc]", async () => {
    const time = stopTime();
    const { handler } = gate();
    const { cluster } = await start(backApp({ say: handler }));
    const config = "[Options.Rpc]\nTimeoutMs = 80\n";
    const other = await cluster.start({ app: callerApp(), id: "test.w1.caller.2", config });
    const error = failure(other.client(BackSer).say({}));
    await time.pass(100);
    expect(await error).toMatchObject({ reason: "DEADLINE" });
  });
});

describe("a call made by a handler", () => {
  /** `front.say` calls `back.say` with a timeout of a minute. */
  const relay = frontApp({ say: (request, context) => context.client(BackSer).say(request, { timeoutMs: 60_000 }) });

  test("has the handler's deadline when its own is later", async () => {
    const time = stopTime();
    const { handler, entered, open } = gate();
    const { front } = await start(backApp({ say: handler }), relay);
    const answer = front.say({ number: 3 }, { timeoutMs: 400 });
    await time.pass(0);
    expect((await entered).remainingMs).toBe(400);
    open();
    expect((await answer).number).toBe(3);
  });

  test("keeps its own deadline when that is earlier", async () => {
    const time = stopTime();
    const { handler, entered, open } = gate();
    const hurried = frontApp({ say: (request, context) => context.client(BackSer).say(request, { timeoutMs: 30 }) });
    const { front } = await start(backApp({ say: handler }), hurried);
    const error = failure(front.say({}));
    await time.pass(0);
    expect((await entered).remainingMs).toBe(30);
    await time.pass(50);
    open();
    expect(await error).toMatchObject({ reason: "DEADLINE" });
  });

  test("is cancelled across both hops when the first caller gives up", async () => {
    const { handler, entered } = gate();
    const { front } = await start(backApp({ say: handler }), relay);
    const abort = new AbortController();
    const error = failure(front.say({}, { signal: abort.signal }));
    const { signal } = await entered;
    abort.abort();
    expect(await error).toMatchObject({ reason: "CANCELLED" });
    expect(await aborted(signal)).toMatchObject({ reason: "CANCELLED" });
  });

  test("ends at the deadline of the first caller, who gets DEADLINE", async () => {
    const time = stopTime();
    const { handler, entered } = gate();
    const { front } = await start(backApp({ say: handler }), relay);
    const error = failure(front.say({}, { timeoutMs: 100 }));
    await time.pass(0);
    const { signal } = await entered;
    await time.pass(120);
    expect(await error).toMatchObject({ reason: "DEADLINE" });
    await aborted(signal);
  });

  test("rejects with the reason why the handler's call ended", async () => {
    const { handler, entered } = gate();
    const seen = Promise.withResolvers<unknown>();
    const watching = frontApp({
      say: async (request, context) => {
        seen.resolve(await failure(context.client(BackSer).say(request)));
        return request;
      },
    });
    const { front } = await start(backApp({ say: handler }), watching);
    const abort = new AbortController();
    const error = failure(front.say({}, { signal: abort.signal }));
    await entered;
    abort.abort();
    await error;
    expect(await seen.promise).toMatchObject({ reason: "CANCELLED" });
  });

  test("through a context whose handler has ended is refused", async () => {
    const { handler, entered, open } = gate();
    const { back } = await start(backApp({ say: handler }));
    const answer = back.say({});
    const context = await entered;
    const client = context.client(BackSer);
    open();
    await answer;
    expect(() => context.client(BackSer)).toThrow(expect.objectContaining({ reason: "CONTEXT_ENDED" }));
    expect(await failure(client.say({}))).toMatchObject({ reason: "CONTEXT_ENDED", notExecuted: true });
  });

  test("through a context whose caller gave up is refused with that reason", async () => {
    const { handler, entered, open } = gate();
    const { back } = await start(backApp({ say: handler }));
    const abort = new AbortController();
    const error = failure(back.say({}, { signal: abort.signal }));
    const context = await entered;
    abort.abort();
    await error;
    await aborted(context.signal);
    expect(() => context.client(BackSer)).toThrow(expect.objectContaining({ reason: "CANCELLED" }));
    expect(context.remainingMs).toBeGreaterThan(0);
    open();
  });

  test("that nobody waits for and fails harms nothing, and is logged", async () => {
    const failed = Promise.withResolvers<void>();
    const { front, cluster } = await start(
      backApp({
        say: () => {
          failed.resolve();
          throw new M3Error(Code.NOT_FOUND, "no club 7");
        },
      }),
      frontApp({
        say: (request, context) => {
          void context.client(BackSer).say(request);
          return request;
        },
      }),
    );
    expect((await front.say({ number: 1 })).number).toBe(1);
    await failed.promise;
    // An unhandled rejection would fail the whole test run.
    expect((await front.say({ number: 2 })).number).toBe(2);
    expect(cluster.log.at("warn")).toContainEqual({
      level: "warn",
      message: "a call that its handler did not wait for failed",
      fields: expect.objectContaining({ method: "/m3test.FrontSer/Say", call: "/m3test.BackSer/Say" }),
    });
  });

  test("that fails before the handler waits for it still rejects then", async () => {
    const { front } = await start(
      backApp({
        say: () => {
          throw new M3Error(Code.NOT_FOUND, "no club 7");
        },
      }),
      frontApp({
        say: async (request, context) => {
          const call = context.client(BackSer).say(request);
          await context.client(BackSer).repeat(request);
          return call;
        },
      }),
    );
    expect(await failure(front.say({}))).toMatchObject({ message: "no club 7" });
  });
});

describe("what can't be sent is refused", () => {
  test.each([
    ["M3RouteType", "1", "belongs to the framework"],
    ["grpc-timeout", "1S", "belongs to the framework"],
    ["role id", "1", "is not 1 to 128 of"],
    ["name", "名", "not printable ASCII"],
    ["name", "x".repeat(9000), "takes 9004 bytes"],
  ])("metadata %s", async (key, value, message) => {
    const { back } = await start();
    expect(await failure(back.say({}, { metadata: { [key]: value } }))).toMatchObject({
      reason: "METADATA_INVALID",
      message: expect.stringContaining(message),
    });
  });

  test("a request with a value of the wrong type", async () => {
    const { back } = await start();
    const wrong: object = { number: "seven" };
    expect(await failure(back.say(wrong))).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      reason: "BAD_REQUEST",
      message: expect.stringMatching(/^the request of \/m3test\.BackSer\/Say can't be encoded: .*number/),
    });
    expect((await back.say({ number: 7 })).number).toBe(7);
  });
});

describe("a one-way method", () => {
  test("returns when it was sent, with an empty response", async () => {
    const { handler, entered, open } = gate();
    const { back } = await start(backApp({ tell: handler }));
    expect(await back.tell({ text: "hi", number: 7 })).toMatchObject({ text: "", number: 0 });
    await entered;
    open();
  });

  test("what its handler throws is in the callee's log alone", async () => {
    const entered = Promise.withResolvers<void>();
    const { back, cluster } = await start(
      backApp({
        tell: () => {
          entered.resolve();
          throw new Error("broken");
        },
      }),
    );
    await back.tell({});
    await entered.promise;
    await back.say({});
    expect(cluster.log.at("error")).toMatchObject([
      { message: "one-way call failed", fields: { app: "test.w1.back.1", error: { message: "broken" } } },
    ]);
  });

  test("that a rule refuses is a warning, not an error", async () => {
    const refuse: Interceptor = (call, next) => {
      if (call.side === "server" && call.meta.notify) throw reasonError("RATE_LIMITED", "too many");
      return next();
    };
    const { back, cluster } = await start(backApp({}, { interceptors: [refuse] }));
    await back.tell({});
    await back.say({});
    expect(cluster.log.at("error")).toEqual([]);
    expect(cluster.log.at("warn")).toMatchObject([
      {
        message: "one-way call refused",
        fields: { method: "/m3test.BackSer/Tell", error: { reason: "RATE_LIMITED" } },
      },
    ]);
  });
});
