import { ScriptHost, scriptLimits } from "@m3game/script-host";
import { definePlugin } from "m3game";
import { z } from "zod";

const file = z.string().min(1);

const config = z.object({
  /** The script, or several that are loaded in this order; relative to the config file. */
  LuaFile: z.union([file, z.array(file).min(1)]),
  ...scriptLimits,
});

// Beside this file, as source or built.
const module = new URL(`./lua-worker${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url);

/** Hooks in Lua 5.4, `[[Plugin.Script.script_lua]]`: the global functions that its files define. */
export const scriptLua = definePlugin({
  kind: "script",
  name: "script_lua",
  config,
  create: ({ LuaFile, ...limits }, context) =>
    ScriptHost.open({ ...limits, files: [LuaFile].flat().map(context.resolvePath), key: "LuaFile", module, context }),
});
