export { ScriptHost, type ScriptHostOptions } from "./script-host.ts";
export { type ScriptLimits, scriptLimits } from "./script-limits.ts";
