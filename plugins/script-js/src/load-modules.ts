import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { HookEngine, ScriptSource, WorkerContext } from "@m3game/script-host/worker";
import { located } from "./located.ts";

type Hook = (...args: readonly unknown[]) => unknown;

/** Imports the modules as they were read. Rejects with an error that says file and line. */
export async function loadModules({ sources }: WorkerContext): Promise<HookEngine> {
  const byUrl = new Map(sources.map((source) => [pathToFileURL(source.path).href, source]));
  registerHooks({
    load(url, context, next) {
      const source = byUrl.get(url);
      return source === undefined
        ? next(url, context)
        : { format: formatOf(source), source: source.text, shortCircuit: true };
    },
  });
  const hooks = new Map<string, Hook>();
  for (const [url, source] of byUrl) {
    for (const [name, value] of Object.entries(await importModule(url, source))) {
      if (isHook(value)) hooks.set(name, value);
    }
  }
  return {
    hooks: [...hooks.keys()],
    async call(hook, args) {
      try {
        return await hooks.get(hook)?.(...args);
      } catch (error) {
        throw located(error);
      }
    },
  };
}

async function importModule(url: string, source: ScriptSource): Promise<object> {
  try {
    return await import(url);
  } catch (error) {
    throw located(error, source);
  }
}

function formatOf({ path }: ScriptSource): string {
  return path.endsWith("ts") ? "module-typescript" : "module";
}

function isHook(value: unknown): value is Hook {
  return typeof value === "function";
}
