import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { backApp } from "../../test/support/cluster.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { type CallFields, TestOutboundCall } from "../../test/support/outbound-call.ts";
import { RawNetwork } from "../../test/support/raw-network.ts";
import { LineSchema } from "../../test/support/services.ts";
import { Code } from "../meta/code.ts";
import { M3Error } from "../meta/error.ts";
import { RouteType } from "../meta/route-type.ts";
import { random } from "../rpc/route.ts";
import type { Context } from "./context.ts";

const [first, second] = ["test.w1.back.1", "test.w1.back.2"];

type Say = NonNullable<NonNullable<Parameters<typeof backApp>[0]>["say"]>;

/** Two apps; the first is the single one, so that what reaches the second is handed on. */
async function start(say: Say, tell: Say = say) {
  const network = new RawNetwork();
  await network.start(backApp({ say, tell }), first);
  const app = await network.start(backApp({ say, tell }), second);
  return { network, second: app };
}

const where: Say = (request, { app, sourceApp, metadata }) => ({
  text: [app.app, sourceApp, metadata.get("role"), request.text].join(" "),
});

/** A call for the single one. */
const call = (fields: CallFields = {}) =>
  new TestOutboundCall(random(), {
    routeType: RouteType.SINGLE,
    payload: toBinary(LineSchema, create(LineSchema, { text: "hi" })),
    metadata: new Map([["role", "7"]]),
    ...fields,
  });

const textOf = (outcome: unknown) =>
  outcome instanceof Uint8Array ? fromBinary(LineSchema, outcome).text : String(outcome);

describe("a call that reached the wrong app", () => {
  test("is handed on once, in its caller's name, and answered by the right one", async () => {
    const { network } = await start(where);
    expect(textOf(await network.send(second, call()))).toBe("test.w1.back.1 test.w1.caller.1 7 hi");
    expect(textOf(await network.send(first, call()))).toBe("test.w1.back.1 test.w1.caller.1 7 hi");
  });

  test("goes to the owner of its hash key", async () => {
    const { network } = await start(where);
    const reached = new Set<string>();
    for (let index = 0; index < 30; index++) {
      const hashKey = `key-${index}`;
      const [a, b] = await Promise.all(
        [first, second].map((app) => network.send(app, call({ routeType: RouteType.HASH, hashKey }))),
      );
      expect(textOf(a)).toBe(textOf(b));
      reached.add(textOf(a));
    }
    expect(reached.size).toBe(2);
  });

  test("is served where it is after one hop", async () => {
    const { network } = await start(where);
    expect(textOf(await network.send(second, call({ hops: 1 })))).toBe("test.w1.back.2 test.w1.caller.1 7 hi");
  });

  test("is handed on within the service of this app, whatever the caller wrote", async () => {
    const { network } = await start(where);
    const outcome = await network.send(second, call({ targetService: "other.w1.nobody" }));
    expect(textOf(outcome)).toBe("test.w1.back.1 test.w1.caller.1 7 hi");
  });

  test("gets the error of the right app as it is", async () => {
    const { network } = await start((_request, { app }) => {
      throw new M3Error(Code.NOT_FOUND, `not at ${app.app}`, { reason: "NO_CLUB", retryAfterMs: 5 });
    });
    expect(await network.send(second, call())).toMatchObject({
      code: Code.NOT_FOUND,
      message: "not at test.w1.back.1",
      reason: "NO_CLUB",
      retryAfterMs: 5,
    });
  });

  test("keeps its deadline, and the right app is told when it has passed", async () => {
    const time = stopTime();
    const entered = Promise.withResolvers<Context>();
    const { network } = await start(async (_request, context) => {
      entered.resolve(context);
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      return {};
    });
    const outcome = network.send(second, call({ deadline: performance.now() + 100 }));
    await time.pass(0);
    const context = await entered.promise;
    expect(context.remainingMs).toBe(100);
    await time.pass(120);
    expect(await outcome).toMatchObject({ reason: "DEADLINE" });
    expect(context.signal.aborted).toBe(true);
  });

  test("ends at its deadline when the right app does not answer at all", async () => {
    const time = stopTime();
    const network = new RawNetwork();
    await network.startSilent(first);
    await network.start(backApp(), second);
    const outcome = network.send(second, call({ deadline: performance.now() + 100 }));
    await time.pass(120);
    expect(await outcome).toMatchObject({
      reason: "DEADLINE",
      message: "/m3test.BackSer/Say took longer than its deadline after it was forwarded",
    });
  });

  test("is cancelled at the right app when its caller gives up", async () => {
    const entered = Promise.withResolvers<Context>();
    const told = Promise.withResolvers<unknown>();
    const { network } = await start(async (_request, context) => {
      context.signal.addEventListener("abort", () => told.resolve(context.signal.reason));
      entered.resolve(context);
      await told.promise;
      return {};
    });
    const link = await network.connect(second);
    const sent = call();
    link.send(sent);
    await entered.promise;
    link.cancel(sent);
    expect(await told.promise).toMatchObject({ reason: "CANCELLED" });
  });

  test("is handed on when it is one-way", async () => {
    const reached = Promise.withResolvers<string>();
    const { network } = await start(where, (_request, { app }) => {
      reached.resolve(app.app);
      return {};
    });
    await network.send(second, call({ method: "/m3test.BackSer/Tell", notify: true }));
    expect(await reached.promise).toBe(first);
  });

  test("is waited for when the app that handed it on drains", async () => {
    const entered = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const { network, second: app } = await start(async () => {
      entered.resolve();
      await opened.promise;
      return { text: "done" };
    });
    const outcome = network.send(second, call());
    await entered.promise;
    const stopped = app.stop();
    opened.resolve();
    expect(textOf(await outcome)).toBe("done");
    await stopped;
  });

  test("fails with UNKNOWN_OUTCOME when the app that handed it on can't wait any longer", async () => {
    const time = stopTime();
    const entered = Promise.withResolvers<void>();
    const never = Promise.withResolvers<object>();
    const { network, second: app } = await start(() => {
      entered.resolve();
      return never.promise;
    });
    const outcome = network.send(second, call({ deadline: performance.now() + 120_000 }));
    await time.pass(0);
    await entered.promise;
    const drained = app.drain();
    await time.pass(30_000);
    await drained;
    expect(await outcome).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
  });
});
