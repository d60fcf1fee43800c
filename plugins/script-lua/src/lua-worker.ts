import { serveHooks } from "@m3game/script-host/worker";
import { LuaScripts } from "./lua-scripts.ts";

await serveHooks((context) => LuaScripts.load(context));
