import { describe, expect, test } from "vitest";
import { z } from "zod";
import { backApp, callerApp, failure, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer } from "../../test/support/services.ts";
import { reasonError } from "../meta/error.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { defineHook } from "./hook.ts";

type Functions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** A script plugin whose scripts are these functions. */
function scriptPlugin(name: string, functions: Functions) {
  return definePlugin({
    kind: "script",
    name,
    config: z.object({}),
    create: () => ({
      has: (hook) => Object.hasOwn(functions, hook),
      call: async (hook, ...args) => functions[hook]?.(...args),
      prepareReload: async () => ({ commit: () => {}, discard: () => {} }),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
}

async function start(...plugins: readonly Functions[]) {
  const definitions = plugins.map((functions, index) => scriptPlugin(`script_test${index}`, functions));
  const config = definitions.map(({ name }) => `[[Plugin.Script.${name}]]\n`).join("");
  const cluster = await startTestCluster([{ app: callerApp(), id: "test.w1.caller.1", config, plugins: definitions }]);
  return { hooks: cluster.app("test.w1.caller.1").hooks, log: cluster.log };
}

const broken = () => {
  throw reasonError("SCRIPT_FAILED", "broken");
};
const roleHook = defineHook({ name: "RoleHook", result: z.boolean(), fallback: (roleId: number) => roleId > 5 });
const strict = defineHook({ name: "RoleHook", result: z.boolean() });

describe("a hook by its name", () => {
  test("gives what the script gives", async () => {
    const { hooks } = await start({ RoleHook: (id) => id !== 1 });
    expect([await hooks.call("RoleHook", 1), await hooks.call("RoleHook", 2)]).toEqual([false, true]);
    expect([hooks.has("RoleHook"), hooks.has("Other")]).toEqual([true, false]);
  });

  test("that no script defines, or in an app without scripts", async () => {
    const { hooks } = await start({ Other: () => 1 });
    expect(await failure(hooks.call("RoleHook", 1))).toMatchObject({ reason: "NO_HOOK" });
    expect(await failure((await start()).hooks.call("RoleHook", 1))).toMatchObject({ reason: "NO_HOOK" });
  });

  test("is run by the first plugin that defines it", async () => {
    const { hooks } = await start({ A: () => 1 }, { A: () => 2, B: () => 3 });
    expect([await hooks.call("A"), await hooks.call("B")]).toEqual([1, 3]);
  });
});

describe("a defined hook", () => {
  test("has the type of its result", async () => {
    const { hooks } = await start({ RoleHook: (id) => id !== 7 });
    const allowed: boolean = await hooks.call(roleHook, 7);
    expect(allowed).toBe(false);
  });

  test("takes its fallback where no script defines it, and says nothing", async () => {
    const { hooks, log } = await start();
    expect([await hooks.call(roleHook, 5), await hooks.call(roleHook, 6)]).toEqual([false, true]);
    expect(log.at("warn")).toEqual([]);
  });

  test.each([
    ["fails", broken],
    ["gives something else", () => "yes"],
  ])("takes its fallback where the script %s, and the log says so", async (_name, RoleHook) => {
    const { hooks, log } = await start({ RoleHook });
    expect(await hooks.call(roleHook, 6)).toBe(true);
    expect(log.at("warn")).toMatchObject([
      { message: "a hook failed, its fallback is taken", fields: { hook: "RoleHook" } },
    ]);
  });

  test.each([
    [broken, "broken"],
    [() => "yes", "hook RoleHook gave something else than it should"],
  ])("without a fallback rejects with what went wrong", async (RoleHook, message) => {
    const { hooks } = await start({ RoleHook });
    const error = await failure(hooks.call(strict));
    expect(error).toMatchObject({ reason: "SCRIPT_FAILED", message: expect.stringContaining(message) });
  });
});

test("handlers call hooks by their context", async () => {
  const plugin = scriptPlugin("script_test", { Greet: (name) => `hi ${name}` });
  const greet = defineHook({ name: "Greet", result: z.string() });
  const back = backApp({ say: async ({ text }, ctx) => ({ text: await ctx.hooks.call(greet, text) }) });
  const cluster = await startTestCluster([
    { app: back, id: "test.w1.back.1", config: "[[Plugin.Script.script_test]]\n", plugins: [plugin] },
    { app: callerApp(), id: "test.w1.caller.1" },
  ]);
  const { text } = await cluster.app("test.w1.caller.1").client(BackSer).say({ text: "June" });
  expect(text).toBe("hi June");
});
