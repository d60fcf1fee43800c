export { scriptLua, scriptLua as default } from "./script-lua.ts";
