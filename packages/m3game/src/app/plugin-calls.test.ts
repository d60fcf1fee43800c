import { expect, test } from "vitest";
import { z } from "zod";
import { backApp, callerApp, failure, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer } from "../../test/support/services.ts";
import { definePlugin, type PluginContext } from "../plugin/plugin.ts";

const { method } = BackSer;
const callerId = "test.w1.caller.1";

/** A plugin that does nothing, and the context that it got; `create` is what it asks for when it starts. */
function nosyPlugin(create: (context: PluginContext) => unknown = () => undefined) {
  let context: PluginContext | undefined;
  const plugin = definePlugin({
    kind: "script",
    name: "script_nosy",
    config: z.object({}),
    async create(_config, given) {
      context = given;
      await create(given);
      return {
        has: () => false,
        call: async () => undefined,
        prepareReload: async () => ({ commit() {}, discard() {} }),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });
  const call: PluginContext["call"] = (...args) =>
    context === undefined ? Promise.reject(new Error("it was not started")) : context.call(...args);
  return { plugin, call };
}

async function start(plugin: ReturnType<typeof nosyPlugin>["plugin"]) {
  const config = "[[Plugin.Script.script_nosy]]\n";
  return startTestCluster([
    { app: backApp(), id: "test.w1.back.1" },
    { app: callerApp(), id: callerId, config, plugins: [plugin] },
  ]);
}

test("a plugin calls other apps from when its app can until it stops", async () => {
  const { plugin, call } = nosyPlugin();
  const cluster = await start(plugin);
  expect(await call(method.say, { number: 7 })).toMatchObject({ number: 7 });
  expect(await failure(call(method.say, {}, { signal: AbortSignal.abort() }))).toMatchObject({ reason: "CANCELLED" });
  expect(await failure(call(method.say, {}, { timeoutMs: 0 }))).toMatchObject({ reason: "DEADLINE" });
  await cluster.app(callerId).stop();
  expect(await failure(call(method.say, {}))).toMatchObject({ reason: "CONTEXT_ENDED" });
});

test("while it starts it can make no calls", async () => {
  const early = Promise.withResolvers<unknown>();
  await start(nosyPlugin(async ({ call }) => early.resolve(await failure(call(method.say, {})))).plugin);
  expect(await early.promise).toMatchObject({ reason: "CONTEXT_ENDED" });
});
