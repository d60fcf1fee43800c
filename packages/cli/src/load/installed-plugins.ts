import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  brokerMemory,
  createMemoryHub,
  dbMemory,
  leaseMemory,
  type PluginDefinition,
  routerMemory,
  transMemory,
} from "m3game";
import { isPlugin } from "./find-plugin.ts";

/** A plugin that a config may name. */
export interface InstalledPlugin {
  /** Empty for one that is embedded in the runtime. */
  readonly packageName: string;
  readonly version: string;
  readonly definition: PluginDefinition;
}

/** A package that has a plugin's name and can't be used. */
export interface BrokenPlugin {
  readonly packageName: string;
  readonly problem: string;
}

/** What a folder's apps can have. */
export interface Installed {
  readonly plugins: readonly InstalledPlugin[];
  readonly broken: readonly BrokenPlugin[];
}

const scope = "@m3game";
const pluginPackage = /^(log|metric|trace|shape|script|lease|db|gate|broker|router|trans)-[a-z0-9-]+$/;

/** The plugins that an app in this folder can have: the embedded ones, and those of packages that it sees. */
export async function installedPlugins(folder: string): Promise<Installed> {
  const plugins: InstalledPlugin[] = embedded();
  const broken: BrokenPlugin[] = [];
  for (const packageName of packagesSeenFrom(folder)) {
    try {
      const plugin = await load(folder, packageName);
      if (plugin !== undefined) plugins.push(plugin);
    } catch (error) {
      broken.push({ packageName, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { plugins, broken };
}

function embedded(): InstalledPlugin[] {
  const hub = createMemoryHub();
  const version = readVersion(createRequire(import.meta.filename).resolve("m3game"));
  return [routerMemory(hub), brokerMemory(hub), transMemory(hub), dbMemory(hub), leaseMemory(hub)].map(
    (definition) => ({ packageName: "", version, definition }),
  );
}

/** As Node looks for packages: in the folder and all above it. */
function packagesSeenFrom(folder: string): readonly string[] {
  const names = new Set<string>();
  for (let at = folder; ; at = dirname(at)) {
    const modules = join(at, "node_modules", scope);
    if (existsSync(modules)) for (const name of readdirSync(modules)) if (pluginPackage.test(name)) names.add(name);
    if (at === dirname(at)) break;
  }
  return [...names].sort().map((name) => `${scope}/${name}`);
}

/** Undefined for a package of another purpose: plugins that share something have it in a package named alike. */
async function load(folder: string, packageName: string): Promise<InstalledPlugin | undefined> {
  const file = createRequire(join(folder, "app.ts")).resolve(packageName);
  const loaded: { readonly default?: unknown } = await import(pathToFileURL(file).href);
  if (!("default" in loaded)) return undefined;
  if (!isPlugin(loaded.default)) throw new TypeError("its default export is no plugin made by definePlugin");
  return { packageName, version: readVersion(file), definition: loaded.default };
}

/** The version in the package.json above a file. */
function readVersion(file: string): string {
  for (let at = dirname(file); at !== dirname(at); at = dirname(at)) {
    const manifest = join(at, "package.json");
    if (!existsSync(manifest)) continue;
    const { version }: { readonly version?: string } = JSON.parse(readFileSync(manifest, "utf8"));
    return version ?? "";
  }
  return "";
}
