import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptLua } from "@m3game/script-lua";
import { runScriptConformance } from "@m3game/testing";
import { onTestFinished } from "vitest";

runScriptConformance({
  name: "script_lua",
  texts: {
    first: `
function Fail()
  error("no")
end
function Add(a, b) return a + b end
function Echo(x) return x end
function Nothing() end
local count = 0
function Count() count = count + 1 return count end
function Version() return 1 end
function Loop() while true do pcall(function() while true do end end) end end
function Grow() local all = {} while true do all[#all + 1] = ("x"):rep(1000) .. #all end end
`,
    second: "function Version() return 2 end",
    unreadable: "function Version()\n  return 1 +\nend",
    failing: "local x = 1\nerror('no')",
  },
  async create(context, text) {
    const folder = await mkdtemp(join(tmpdir(), "m3game-lua-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "hooks.lua");
    await writeFile(file, text);
    const config = scriptLua.config.parse({ LuaFile: file, MaxMemoryMB: 16 });
    const scripts = await scriptLua.create(config, context);
    return { scripts, file, write: (next) => writeFile(file, next) };
  },
});
