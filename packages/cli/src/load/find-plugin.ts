import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type PluginDefinition, packageOf, type ResolvePlugin } from "m3game";
import { reasonError } from "m3game/internal";

// Names of the original whose package is called otherwise.
const renamed: Readonly<Record<string, string>> = { log_zap: "log_pino", trace_jaeger: "trace_otlp" };

/**
 * Finds plugins in installed packages by the fixed rule (`router_consul` is `@m3game/router-consul`): those that the
 * file's own package sees come first, then those that came with this command. What it returns rejects with PLUGIN_FAILED
 * when a package is there but is no plugin or can't be loaded.
 */
export function createPluginFinder(file: string): ResolvePlugin {
  return async (name) => {
    if (!/^[a-z]+(_[a-z0-9]+)+$/.test(name)) return undefined;
    const specifier = packageOf(renamed[name] ?? name);
    const path = resolveFrom(file, specifier) ?? resolveFrom(import.meta.filename, specifier);
    return path === undefined ? undefined : loadPlugin(name, specifier, path);
  };
}

function resolveFrom(file: string, specifier: string): string | undefined {
  try {
    return createRequire(file).resolve(specifier);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw reasonError("PLUGIN_FAILED", `package ${specifier} can't be used: ${error}`, { cause: error });
  }
}

async function loadPlugin(name: string, specifier: string, path: string): Promise<PluginDefinition> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (error) {
    throw reasonError("PLUGIN_FAILED", `package ${specifier} can't be loaded: ${error}`, { cause: error });
  }
  const { default: found } = loaded;
  if (isPlugin(found) && (found.name === name || found.aliases?.includes(name))) return found;
  const problem = isPlugin(found) ? `is ${found.name}, not ${name}` : "is no plugin made by definePlugin";
  throw reasonError("PLUGIN_FAILED", `package ${specifier}: its default export ${problem}`);
}

/** True for what `definePlugin` makes. */
export function isPlugin(value: unknown): value is PluginDefinition {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    typeof value.kind === "string" &&
    "name" in value &&
    typeof value.name === "string" &&
    "config" in value &&
    typeof value.config === "object" &&
    "create" in value &&
    typeof value.create === "function"
  );
}
