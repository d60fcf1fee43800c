import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ErrorDetailSchema } from "../../gen/m3/error_pb.js";
import { backApp, callerApp, failure, type LineHandlers, startTestCluster } from "../../test/support/cluster.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { BackSer, LineSchema } from "../../test/support/services.ts";
import { Code } from "../meta/code.ts";
import { isM3Error, M3Error } from "../meta/error.ts";
import type { Context } from "../server/context.ts";
import type { Call, Interceptor } from "./interceptor.ts";

interface Sides {
  readonly client?: readonly Interceptor[];
  readonly server?: readonly Interceptor[];
  readonly say?: LineHandlers["say"];
}

/** A caller and a `back` app with these interceptors. */
async function start({ client = [], server = [], say = (request) => request }: Sides) {
  const cluster = await startTestCluster([
    { app: backApp({ say }, { interceptors: server }), id: "test.w1.back.1" },
    { app: callerApp({ interceptors: client }), id: "test.w1.caller.1" },
  ]);
  return { cluster, back: cluster.app("test.w1.caller.1").client(BackSer) };
}

const line = (text: string) => create(LineSchema, { text });

describe("interceptors", () => {
  test("of both sides run in the order given, the first outermost", async () => {
    const steps: string[] = [];
    const trace =
      (name: string): Interceptor =>
      async (call, next) => {
        steps.push(`${call.side} ${name} in`);
        const response = await next();
        steps.push(`${call.side} ${name} out`);
        return response;
      };
    const { back } = await start({ client: [trace("a"), trace("b")], server: [trace("a"), trace("b")] });
    await back.say({});
    const nested = (side: string) => [`${side} a in`, `${side} b in`];
    const left = (side: string) => [`${side} b out`, `${side} a out`];
    expect(steps).toEqual([...nested("client"), ...nested("server"), ...left("server"), ...left("client")]);
  });

  test("see the call: method, options, request, metadata, deadline and caller", async () => {
    const calls: Call[] = [];
    const watch: Interceptor = (call, next) => {
      calls.push(call);
      return next();
    };
    const { back } = await start({ client: [watch], server: [watch] });
    await back.say({ text: "hi" }, { metadata: { RoleId: "7" } });
    const seen = calls.map((call) => ({
      ...{ side: call.side, method: call.method, local: call.meta.localName, source: call.sourceApp },
      ...{ text: Reflect.get(call.request, "text"), role: call.metadata.get("roleid") },
      ...{ hasDeadline: Number.isFinite(call.deadline), aborted: call.signal.aborted },
    }));
    const same = { method: "/m3test.BackSer/Say", local: "say", source: "test.w1.caller.1", text: "hi", role: "7" };
    const open = { hasDeadline: true, aborted: false };
    expect(seen).toEqual([
      { side: "client", ...same, ...open },
      { side: "server", ...same, ...open },
    ]);
  });

  test.each(["client", "server"] as const)("of the %s may answer instead", async (side) => {
    let handled = 0;
    const { back } = await start({
      [side]: [() => line("cached")],
      say: (request) => {
        handled++;
        return request;
      },
    });
    expect((await back.say({ text: "hi" })).text).toBe("cached");
    expect(handled).toBe(0);
  });

  test.each(["client", "server"] as const)("of the %s may turn an error into another", async (side) => {
    const translate: Interceptor = async (_call, next) => {
      try {
        return await next();
      } catch (error) {
        throw new M3Error(Code.NOT_FOUND, "translated", { cause: error });
      }
    };
    const { back } = await start({
      [side]: [translate],
      say: () => {
        throw new M3Error(Code.ABORTED, "original");
      },
    });
    expect(await failure(back.say({}))).toMatchObject({ code: Code.NOT_FOUND, message: "translated" });
  });

  test("of the server that throw an Error look like a handler that does", async () => {
    const { back, cluster } = await start({
      server: [
        () => {
          throw new Error("secret");
        },
      ],
    });
    const error = await failure(back.say({}));
    expect(error).toMatchObject({ code: Code.INTERNAL, reason: "HANDLER_FAILED" });
    expect(String(error)).not.toContain("secret");
    expect(cluster.log.at("error")).toMatchObject([{ fields: { error: { message: "secret" } } }]);
  });

  test("of the client that throw reject the call before it is sent", async () => {
    const { back } = await start({
      client: [
        () => {
          throw new RangeError("no");
        },
      ],
    });
    expect(await failure(back.say({}))).toEqual(new RangeError("no"));
  });

  test("of the server must answer with the method's own message", async () => {
    const { back } = await start({ server: [() => create(ErrorDetailSchema, { reason: "other" })] });
    expect(await failure(back.say({}))).toMatchObject({
      reason: "BAD_RESPONSE",
      message: expect.stringContaining("/m3test.BackSer/Say must return the fields of m3test.Line"),
    });
  });

  test("may run the call again once it failed", async () => {
    const again: Interceptor = async (_call, next) => {
      try {
        return await next();
      } catch (error) {
        if (isM3Error(error) && error.code === Code.ABORTED) return next();
        throw error;
      }
    };
    let runs = 0;
    const { back } = await start({
      client: [again],
      say: (request) => {
        if (++runs < 2) throw new M3Error(Code.ABORTED, "once");
        return request;
      },
    });
    expect((await back.say({ text: "hi" })).text).toBe("hi");
    expect(runs).toBe(2);
  });

  test("of the client have a signal that tells of the deadline", async () => {
    const time = stopTime();
    const reasons: unknown[] = [];
    const watch: Interceptor = (call, next) => {
      call.signal.addEventListener("abort", () => reasons.push(call.signal.reason));
      return next();
    };
    const never = Promise.withResolvers<Context>();
    const { back } = await start({ client: [watch], server: [watch], say: () => never.promise.then(() => ({})) });
    const error = failure(back.say({}, { timeoutMs: 50 }));
    await time.pass(100);
    expect(await error).toMatchObject({ reason: "DEADLINE" });
    expect(reasons).toHaveLength(2);
    for (const reason of reasons) expect(isM3Error(reason)).toBe(true);
  });
});

describe("setMetadata", () => {
  const role = (_request: unknown, context: Context) => ({ text: [...context.metadata].join(" ") });
  const set =
    (key: string, value: string): Interceptor =>
    (call, next) => {
      call.setMetadata(key, value);
      return next();
    };

  test("adds to what the caller gave, and replaces it", async () => {
    const { back } = await start({ client: [set("Trace", "1"), set("roleid", "8")], say: role });
    expect((await back.say({}, { metadata: { RoleId: "7" } })).text).toBe("trace,1 roleid,8");
  });

  test.each([
    ["m3hops", "1"],
    ["name", "名"],
  ])("refuses %s = %s", async (key, value) => {
    const { back } = await start({ client: [set(key, value)] });
    expect(await failure(back.say({}))).toMatchObject({ reason: "METADATA_INVALID" });
  });

  test("is not for the server side", async () => {
    const { back, cluster } = await start({ server: [set("trace", "1")] });
    expect(await failure(back.say({}))).toMatchObject({ reason: "HANDLER_FAILED" });
    expect(cluster.log.at("error")).toMatchObject([
      { fields: { error: { message: expect.stringContaining("by an interceptor of the caller") } } },
    ]);
  });
});
