export type { ScriptSource } from "./messages.ts";
export { type HookEngine, OutOfMemory, serveHooks, type WorkerContext } from "./serve-hooks.ts";
