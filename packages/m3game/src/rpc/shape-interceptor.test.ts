import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { z } from "zod";
import { backApp, callerApp, failure, type LineHandlers, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer, LineSchema } from "../../test/support/services.ts";
import { systemClock } from "../meta/clock.ts";
import { Code } from "../meta/code.ts";
import { M3Error, reasonError } from "../meta/error.ts";
import { definePlugin } from "../plugin/plugin.ts";
import type { PendingReload } from "../plugin/reload.ts";
import type { Shape } from "../plugin/shape.ts";
import type { Interceptor } from "./interceptor.ts";

const say = "/m3test.BackSer/Say";

/** A shape plugin that does what the test says. */
function shapePlugin(enter: Shape["enter"], prepareReload: () => Promise<PendingReload> = async () => noReload) {
  return definePlugin({
    kind: "shape",
    name: "shape_test",
    config: z.object({}),
    create: () => ({ enter, prepareReload, [Symbol.asyncDispose]: async () => {} }),
  });
}

const noReload: PendingReload = { commit: () => {}, discard: () => {} };
const config = "[[Plugin.Shape.shape_test]]\n";

interface Setting {
  readonly enter: Shape["enter"];
  readonly on?: "back" | "caller";
  readonly say?: LineHandlers["say"];
  /** Of the app with the plugin. */
  readonly interceptors?: readonly Interceptor[];
}

/** A caller and a `back` app, one of them with a shape plugin. */
async function start({ enter, on = "back", say = (request) => request, interceptors = [] }: Setting) {
  const shaped = { config, plugins: [shapePlugin(enter)] };
  const cluster = await startTestCluster([
    {
      app: backApp({ say }, { interceptors: on === "back" ? interceptors : [] }),
      ...{ id: "test.w1.back.1", ...(on === "back" && shaped) },
    },
    {
      app: callerApp({ interceptors: on === "caller" ? interceptors : [] }),
      ...{ id: "test.w1.caller.1", ...(on === "caller" && shaped) },
    },
  ]);
  return cluster.app("test.w1.caller.1").client(BackSer);
}

test.each([
  ["back", "server"],
  ["caller", "client"],
] as const)("the rules of %s see the calls of its %s side, and how they end", async (on, side) => {
  const seen: unknown[] = [];
  const back = await start({
    on,
    enter: ({ method, side, sourceApp, player }) => {
      seen.push({ method, side, sourceApp, player });
      return { exit: (error) => seen.push(error === undefined ? "done" : String(error)) };
    },
    say: (request) => {
      if (request.text === "fail") throw new M3Error(Code.NOT_FOUND, "none");
      return request.text === "later" ? Promise.resolve(request) : request;
    },
  });
  const entry = { method: say, side, sourceApp: "test.w1.caller.1", player: "" };
  await back.say({ text: "now" });
  await back.say({ text: "later" });
  await failure(back.say({ text: "fail" }));
  expect(seen).toEqual([entry, "done", entry, "done", entry, "NOT_FOUND: none"]);
});

test.each(["back", "caller"] as const)(
  "the rules of %s are told the time, but not of a call that has waited",
  async (on) => {
    const seen: (number | undefined)[] = [];
    const enter: Shape["enter"] = ({ at }) => void seen.push(at);
    const wait = Promise.withResolvers<void>();
    const interceptors: Interceptor[] = [
      ({ metadata }, next) => (metadata.has("waits") ? wait.promise.then(next) : next()),
    ];
    const back = await start({ on, enter, interceptors });
    const before = systemClock.now();
    await back.say({});
    const after = systemClock.now();
    wait.resolve();
    await back.say({}, { metadata: { waits: "yes" } });
    expect(seen).toEqual([expect.any(Number), undefined]);
    expect(seen[0]).toBeGreaterThanOrEqual(before);
    expect(seen[0]).toBeLessThanOrEqual(after);
  },
);

test.each(["at once", "later"])("a call that is refused %s does not run, and its caller knows", async (when) => {
  let runs = 0;
  const refuse = () => {
    throw reasonError("RATE_LIMITED", "full", { retryAfterMs: 20 });
  };
  const back = await start({
    enter: () => (when === "later" ? Promise.resolve().then(refuse) : refuse()),
    say: (request) => {
      runs++;
      return request;
    },
  });
  const error = await failure(back.say({}));
  expect(error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, reason: "RATE_LIMITED", retryAfterMs: 20 });
  expect(error).toMatchObject({ retryable: true });
  expect(runs).toBe(0);
});

test("a breaker's refusal reaches the caller at once: it is not sent again", async () => {
  let asked = 0;
  const back = await start({
    enter: () => {
      asked++;
      throw reasonError("BREAKER_OPEN", "open");
    },
  });
  expect(await failure(back.say({}))).toMatchObject({ code: Code.UNAVAILABLE, reason: "BREAKER_OPEN" });
  expect(asked).toBe(1);
});

test("a call that waits its turn runs afterwards; one that no rule concerns is not held up", async () => {
  const turn = Promise.withResolvers<{ exit(): void }>();
  const asked = Promise.withResolvers<void>();
  const ran: string[] = [];
  const back = await start({
    enter: ({ method }) => {
      if (method !== say) return undefined;
      asked.resolve();
      return turn.promise;
    },
    say: (request) => {
      ran.push("say");
      return request;
    },
  });
  const waiting = back.say({ text: "hi" });
  await asked.promise;
  expect((await back.repeat({ text: "free" })).text).toBe("free");
  expect(ran).toEqual([]);
  turn.resolve({ exit: () => {} });
  expect((await waiting).text).toBe("hi");
});

test("a caller that gives up while its call waits is told to the rules", async () => {
  const seen = Promise.withResolvers<unknown>();
  const abort = new AbortController();
  const back = await start({
    enter: ({ signal }) => {
      const left = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => {
        seen.resolve(signal.reason);
        left.reject(signal.reason);
      });
      abort.abort();
      return left.promise;
    },
  });
  expect(await failure(back.say({}, { signal: abort.signal }))).toMatchObject({ reason: "CANCELLED" });
  expect(await seen.promise).toMatchObject({ reason: "CANCELLED" });
});

test("the app's own interceptors run around the rules: who is refused there costs nothing", async () => {
  const steps: string[] = [];
  const auth: Interceptor = (_call, next) => {
    steps.push("auth");
    return next();
  };
  const answer: Interceptor = () => create(LineSchema, { text: "cached" });
  const enter = () => {
    steps.push("rules");
    return undefined;
  };
  const back = await start({ enter, interceptors: [auth] });
  await back.say({});
  expect(steps).toEqual(["auth", "rules"]);
  const cached = await start({ enter, interceptors: [auth, answer] });
  await cached.say({});
  expect(steps).toEqual(["auth", "rules", "auth"]);
});

test("a reload takes the new rules over, or nothing when another part is wrong", async () => {
  const steps: string[] = [];
  const pending = { commit: () => steps.push("commit"), discard: () => steps.push("discard") };
  const first = shapePlugin(
    () => undefined,
    async () => pending,
  );
  let wrong = false;
  const second = definePlugin({
    ...first,
    name: "shape_other",
    create: () => ({
      enter: () => undefined,
      prepareReload: async () => {
        if (wrong) throw reasonError("CONFIG_INVALID", "rules.toml: Rules[0]: no");
        return noReload;
      },
      [Symbol.asyncDispose]: async () => {},
    }),
  });
  const both = `${config}[[Plugin.Shape.shape_other]]\n`;
  const cluster = await startTestCluster([
    { app: callerApp(), id: "test.w1.caller.1", config: both, plugins: [first, second] },
  ]);
  const app = cluster.app("test.w1.caller.1");
  await app.reload(both + cluster.log.config);
  expect(steps).toEqual(["commit"]);
  wrong = true;
  expect(await failure(app.reload(both + cluster.log.config))).toMatchObject({ message: "rules.toml: Rules[0]: no" });
  expect(steps).toEqual(["commit", "discard"]);
});
