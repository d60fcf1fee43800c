import type { ConfigSource } from "../config/source.ts";
import type { Health, PluginInstances } from "../plugin/plugin.ts";
import type { HostApp } from "../server/host-app.ts";
import type { SupportKind } from "./support-kinds.ts";

/** How far an app is. `ready`: registered, and it takes calls. `draining`: out of the registry, only what runs is finished. */
export type AppState = "starting" | "ready" | "draining" | "stopped";

/** Where an app can be reached. */
export interface AppEndpoint {
  /** `tcp`, `http2`, … */
  readonly scheme: string;
  /** `host:port` */
  readonly endpoint: string;
}

/** A running app. Disposing stops it. */
export interface App<C = unknown> extends AsyncDisposable, HostApp {
  readonly state: AppState;
  /** The `[App]` table of its config, checked. */
  readonly config: C;
  readonly endpoints: readonly AppEndpoint[];
  /** Calls it serves right now. */
  readonly inFlight: number;
  /** What its health checks answer. Not `alive`: it has stopped, or `healthCheck` of its definition says no or throws. */
  health(): Health;
  /** The ids of the services that are in the registry now, of other envs and worlds too. It asks the registry each time. */
  services(): Promise<readonly string[]>;
  /** Takes multicasts on a topic until the result is disposed or the app stops. */
  subscribe(topic: string): Promise<AsyncDisposable>;
  /**
   * A plugin that the config names, by its `Name`, without one the first of its kind. Throws PLUGIN_MISSING.
   * What the framework itself uses (log, router, broker, trans) is not to be had this way.
   */
  plugin<K extends SupportKind>(kind: K, instance?: string): PluginInstances[K];
  /**
   * Takes a changed config: TOML text, or what `readConfig` read. All of it is checked as at the start, environment
   * overrides included, and all resources, traffic rules and scripts are loaded again; when anything is wrong it rejects
   * with CONFIG_INVALID, and nothing has changed. They and `LogLevel` of the log plugin take effect at once. What else differs in the config
   * needs a restart: the log names it, and it changes nothing.
   */
  reload(config: string | ConfigSource): Promise<void>;
  /**
   * Leaves the registry, takes no new calls and waits for those that run, at most `DrainTimeoutMs`; what runs still is
   * then given up, and the log says what is left. Actors leave meanwhile, each as soon as its own calls are answered. Of an app that still
   * starts it stops the start. Idempotent.
   */
  drain(): Promise<void>;
  /**
   * Drains, then ends everything in the reverse order of the start. A start that is under way rejects with CANCELLED.
   * Idempotent; never rejects, problems are logged.
   */
  stop(): Promise<void>;
}
