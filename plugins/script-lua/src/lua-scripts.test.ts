import type { WorkerContext } from "@m3game/script-host/worker";
import { expect, test } from "vitest";
import { LuaScripts } from "./lua-scripts.ts";

async function load(text: string, rest: Partial<WorkerContext> = {}) {
  const lines: string[] = [];
  const sources = [{ path: "/game/scripts/hooks.lua", text }];
  const scripts = await LuaScripts.load({
    sources,
    maxMemoryBytes: 16 * 1024 * 1024,
    log: (line) => lines.push(line),
    ...rest,
  });
  return { scripts, lines };
}

test("hooks are the global functions that the files define, in their order", async () => {
  const { scripts } = await load("", {
    sources: [
      { path: "a.lua", text: "function A() return 'a' end shared = 1 local function hidden() end" },
      { path: "b.lua", text: "function B() return A() .. shared end function A() return 'b' end" },
    ],
  });
  expect(scripts.hooks.toSorted()).toEqual(["A", "B"]);
  expect(scripts.call("B", [])).toBe("b1");
});

test("arguments: 64-bit integers are exact, null and undefined are nil, objects are tables", async () => {
  const { scripts } = await load(`
    function Text(x) return math.type(x) .. " " .. tostring(x) end
    function IsNil(a, b) return a == nil and b == nil end
    function Last(t) return t.items[#t.items].id end
  `);
  expect(scripts.call("Text", [2n ** 62n + 1n])).toBe("integer 4611686018427387905");
  expect(scripts.call("Text", [0.5])).toBe("float 0.5");
  expect(scripts.call("IsNil", [null, undefined])).toBe(true);
  expect(scripts.call("Last", [{ items: [{ id: 1 }, { id: 2n, note: null }] }])).toBe(2);
  expect(() => scripts.call("Text", [2n ** 64n])).toThrow("does not fit into an integer of Lua");
});

test("results: integers are exact, bigints where a number can't hold them", async () => {
  const { scripts } = await load(`
    function Same(x) return x end
    function Lists(x) return { x, { id = x, n = -1 }, 0.5 } end
  `);
  const exact = [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
  for (const value of exact) expect(scripts.call("Same", [value])).toBe(value);
  for (const value of [0, -7, 2 ** 53 - 1, 1 - 2 ** 53]) expect(scripts.call("Same", [BigInt(value)])).toBe(value);
  expect(scripts.call("Lists", [2n ** 62n + 1n])).toEqual([2n ** 62n + 1n, { id: 2n ** 62n + 1n, n: -1 }, 0.5]);
});

test("the original's hook: roles whose id ends in 1 are refused", async () => {
  const { scripts } = await load("function RoleHook(id) return id % 10 ~= 1 end");
  expect([20n, 21n].map((id) => scripts.call("RoleHook", [id]))).toEqual([true, false]);
});

test("print writes to the log", async () => {
  const { scripts, lines } = await load("function Say() print('a', 1, nil, true) end");
  scripts.call("Say", []);
  expect(lines).toEqual([expect.stringMatching(/^a\t1\t\w+\ttrue$/)]);
});

test.each([
  "io",
  "package",
  "require",
  "dofile",
  "loadfile",
  "debug",
  "string.dump",
  "os.execute",
  "os.exit",
  "os.getenv",
  "os.remove",
])("scripts do not get %s", async (name) => {
  const { scripts } = await load(`function Type() return type(${name}) end`);
  expect(scripts.call("Type", [])).toBe("nil");
});

test("load takes text, not bytecode", async () => {
  const { scripts } = await load(`
    function Text() return load("return 1 + 1")() end
    function Env() return load("return x", "c", "bt", { x = 5 })() end
    function Binary() local f, why = load("\\27Lua") return why end
  `);
  expect([scripts.call("Text", []), scripts.call("Env", [])]).toEqual([2, 5]);
  expect(scripts.call("Binary", [])).toMatch("attempt to load a binary chunk");
});

test("an error says the whole path of its file, in whichever it is", async () => {
  await expect(load("function A(\n")).rejects.toThrow("/game/scripts/hooks.lua:2:");
  await expect(load("error({ code = 3 })")).rejects.toThrow("/game/scripts/");
});
