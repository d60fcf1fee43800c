import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { z } from "zod";
import type { Options } from "../config/options.ts";
import type { pluginKinds } from "../config/tables.ts";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import type { Broker } from "./broker.ts";
import type { Db } from "./db.ts";
import type { Gate } from "./gate.ts";
import type { Lease } from "./lease.ts";
import type { Log, Logger } from "./log.ts";
import type { Metrics } from "./metric.ts";
import type { Router } from "./router.ts";
import type { Scripts } from "./script.ts";
import type { Shape } from "./shape.ts";
import type { Tracer } from "./trace.ts";
import type { Trans } from "./trans.ts";

/** The contract of each kind of plugin. */
export interface PluginInstances {
  log: Log;
  metric: Metrics;
  trace: Tracer;
  shape: Shape;
  script: Scripts;
  lease: Lease;
  db: Db;
  broker: Broker;
  router: Router;
  trans: Trans;
  gate: Gate;
}

/** What a plugin is for: each kind has a contract. */
export type PluginKind = keyof PluginInstances;

/** The name of each kind's table in a config file: `[[Plugin.Router.router_consul]]`. */
export const pluginTables = {
  log: "Log",
  metric: "Metric",
  trace: "Trace",
  shape: "Shape",
  script: "Script",
  lease: "Lease",
  db: "DB",
  broker: "Broker",
  router: "Router",
  trans: "Trans",
  gate: "Gate",
} as const satisfies Record<PluginKind, (typeof pluginKinds)[number]>;

/** What a plugin gets to know of the app that starts it. */
export interface PluginContext {
  readonly app: AppId;
  /** A child logger that names the plugin; silent while the log plugin itself starts. */
  readonly log: Logger;
  readonly clock: Clock;
  /** What the framework's own options say to plugins. */
  readonly options: PluginOptions;
  /** A path of the config as it is meant: relative to the folder of the config file. */
  resolvePath(path: string): string;
  /** The app's health right now, for check endpoints. */
  health(): Health;
  /**
   * Calls another app, for a plugin whose server is an app: `call(OnlineSer.method.onlineRead, { roleId })`. Rejects like any call;
   * with CONTEXT_ENDED as long as the app can make none: plugins start before that, and stop after it.
   */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: PluginCallOptions,
  ): Promise<MessageShape<O>>;
}

/** How long a plugin's call to an app may take. */
export interface PluginCallOptions {
  /** The longest the call may take, retries included, in milliseconds. @default `TimeoutMs` of `[Options.Rpc]` */
  readonly timeoutMs?: number;
  /** Aborting rejects the call with CANCELLED. */
  readonly signal?: AbortSignal;
}

/** The tables of `[[Options.…]]` that concern plugins. */
export type PluginOptions = Pick<Options, "Shape">;

/** What health checks of an app answer. */
export interface Health {
  /** The process works; false: restart it. */
  readonly alive: boolean;
  /** The app takes new work. */
  readonly ready: boolean;
}

/** A plugin: how it is named in a config, what its section may hold, and how it starts. */
export interface PluginDefinition<K extends PluginKind = PluginKind, S extends z.ZodType = z.ZodType> {
  readonly kind: K;
  /** `<kind>_<technology>`, as a config names it. The package is then `@m3game/<kind>-<technology>`. */
  readonly name: string;
  /** Other names a config may use, those of the original. */
  readonly aliases?: readonly string[];
  /** One section of the config. Unknown keys are refused; secrets are marked with `secret()`. */
  readonly config: S;
  /**
   * Starts the plugin. Rejects with PLUGIN_FAILED and one clear line when its server can't be reached; nothing may be
   * left open then.
   */
  create(config: z.output<S>, context: PluginContext): PluginInstances[K] | Promise<PluginInstances[K]>;
}

/** Makes a plugin: `export const routerConsul = definePlugin({ kind: "router", … })`. */
export function definePlugin<const K extends PluginKind, S extends z.ZodType>(
  definition: PluginDefinition<K, S>,
): PluginDefinition<K, S> {
  return definition;
}
