import type { ConfigSource } from "../config/source.ts";
import { parseAppId } from "../meta/app-id.ts";
import { type Clock, systemClock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import { brokerMemory } from "../plugin/memory/broker-memory.ts";
import { dbMemory } from "../plugin/memory/db-memory.ts";
import { leaseMemory } from "../plugin/memory/lease-memory.ts";
import { createMemoryHub, type MemoryHub } from "../plugin/memory/memory-hub.ts";
import { routerMemory } from "../plugin/memory/router-memory.ts";
import { transMemory } from "../plugin/memory/trans-memory.ts";
import type { PluginDefinition } from "../plugin/plugin.ts";
import type { App } from "./app.ts";
import type { ResolvePlugin } from "./app-plugins.ts";
import { AppRuntime } from "./app-runtime.ts";
import { resolveSettings } from "./app-settings.ts";
import type { AppDefinition } from "./define-app.ts";

/** Who the app is, and where its config and plugins come from. */
export interface StartOptions {
  /** App id, `env.world.func.ins`. */
  readonly id: string;
  /** TOML text, or what `readConfig` read. @default no section at all: embedded plugins, no port opened */
  readonly config?: string | ConfigSource;
  /** Variables that override the config: `M3__Plugin__Trans__trans_tcp__Port=20052`. @default none */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Plugins that the config may name, beside those of the app. */
  readonly plugins?: readonly PluginDefinition[];
  /** Finds other plugins that the config names. @default none are found */
  readonly resolvePlugin?: ResolvePlugin;
  /** The log plugin where the config names none, such as `log_pino`. @default none: nothing is logged */
  readonly defaultLog?: string;
  /** What the embedded plugins share with other apps of this process. @default nothing */
  readonly hub?: MemoryHub;
  /**
   * It only calls others: it opens no port, is in no registry, and of its config's plugins only the router, the transports, the
   * broker and the log are started. @default false
   */
  readonly observes?: boolean;
  /** Aborting stops a start that is under way: it then rejects with CANCELLED. A running app is not stopped. */
  readonly signal?: AbortSignal;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}

/**
 * Starts an app and resolves when it is registered and takes calls. Rejects with one clear error when anything is wrong,
 * with everything it had started stopped again.
 */
export async function startApp<C>(definition: AppDefinition<C>, options: StartOptions): Promise<App<C>> {
  const id = parseAppId(options.id);
  if (id.func !== definition.func) {
    throw reasonError(
      "ID_INVALID",
      `app id "${id.app}" names the function ${id.func}, but this app's function is ${definition.func}: write ${id.env}.${id.world}.${definition.func}.${id.ins}`,
    );
  }
  const hub = options.hub ?? createMemoryHub();
  const plugins = [
    ...(options.plugins ?? []),
    ...(definition.plugins ?? []),
    routerMemory(hub),
    brokerMemory(hub),
    transMemory(hub),
    dbMemory(hub),
    leaseMemory(hub),
  ];
  const settingsOptions = {
    plugins,
    resolvePlugin: options.resolvePlugin ?? (async () => undefined),
    defaultLog: options.defaultLog,
    env: options.env ?? {},
  };
  const resolve = (config: string | ConfigSource) => resolveSettings(definition, config, settingsOptions);
  const app = new AppRuntime(definition, {
    id,
    settings: await resolve(options.config ?? ""),
    resolve,
    isAlone: options.hub === undefined,
    observes: options.observes ?? false,
    clock: options.clock ?? systemClock,
    signal: options.signal,
  });
  await app.start();
  return app;
}
