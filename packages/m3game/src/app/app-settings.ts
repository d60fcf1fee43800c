import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { type AppConfig, resolveAppConfig } from "../config/app-config.ts";
import { applyOverrides } from "../config/overrides.ts";
import { checkSection } from "../config/section.ts";
import { type ConfigSource, parseConfig } from "../config/source.ts";
import { type GateConfig, gateConfig } from "../gate/gate-config.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { LogLevel } from "../plugin/log.ts";
import { type PluginDefinition, pluginTables } from "../plugin/plugin.ts";
import { type ActorConfig, actorConfig } from "../server/actor/actor-config.ts";
import { AppPlugins, type ChosenPlugin, type ResolvePlugin } from "./app-plugins.ts";
import type { AppDefinition } from "./define-app.ts";
import type { SupportKind } from "./support-kinds.ts";

/** What a config stands for: everything in it checked and its plugins found, nothing started. */
export interface AppSettings<C> {
  /** The `[App]` table. */
  readonly app: C;
  readonly config: AppConfig;
  /** `[[Server.Actor]]` */
  readonly actor: ActorConfig;
  /** `[[Server.Gate]]` */
  readonly gate: GateConfig;
  readonly chosen: {
    readonly log: ChosenPlugin<"log"> | undefined;
    readonly router: ChosenPlugin<"router">;
    readonly broker: ChosenPlugin<"broker">;
    readonly trans: readonly ChosenPlugin<"trans">[];
    readonly support: { readonly [K in SupportKind]: readonly ChosenPlugin<K>[] };
  };
}

export interface SettingsOptions {
  /** Plugins that a config may name; of one name the first counts. */
  readonly plugins: readonly PluginDefinition[];
  /** Finds other plugins. */
  readonly resolvePlugin: ResolvePlugin;
  /** The log plugin where the config names none. */
  readonly defaultLog: string | undefined;
  /** Variables that override the config. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Rejects with CONFIG_INVALID or PLUGIN_MISSING. */
export async function resolveSettings<C>(
  definition: AppDefinition<C>,
  config: string | ConfigSource,
  options: SettingsOptions,
): Promise<AppSettings<C>> {
  const source = typeof config === "object" ? config : parseConfig(config, "config");
  const resolved = resolveAppConfig(applyOverrides(source, options.env));
  const plugins = new AppPlugins(resolved, options.plugins, options.resolvePlugin);
  const { defaultLog } = options;
  const router = await plugins.required("router", "router_memory");
  const actor = serverSection(resolved, "Actor", actorConfig);
  const hasLeaders = definition.servers.some(({ finds }) => finds === "leader");
  const hasGate = definition.gate !== undefined;
  const hasLease = hasLeaders || hasGate || (hasActors(definition) && actor.LeaseMode !== 0);
  const gates = await plugins.ofKind("gate");
  if (hasGate && gates.length === 0) throw noGate(resolved);
  const gate = serverSection(resolved, "Gate", gateConfig);
  if (hasGate && gate.KeepPushes !== false) checkKeepPushes(resolved, gate, await plugins.ofKind("db"));
  return {
    actor,
    gate,
    app: checkSection(definition.config ?? z.custom<C>(() => true), resolved.app),
    config: { ...resolved, warnings: [...resolved.warnings, ...gateWarnings(hasGate, gates)] },
    chosen: {
      log: defaultLog === undefined ? await plugins.only("log") : await plugins.required("log", defaultLog),
      router,
      broker: await plugins.required("broker", "broker_memory"),
      trans: await plugins.some("trans", "trans_memory"),
      support: {
        metric: await plugins.atMostOne("metric"),
        trace: await plugins.atMostOne("trace"),
        shape: await plugins.ofKind("shape"),
        script: await plugins.ofKind("script"),
        lease:
          hasLease && router.name === "router_memory"
            ? await plugins.some("lease", "lease_memory")
            : await plugins.ofKind("lease"),
        db: hasActors(definition) || hasLeaders ? await plugins.some("db", "db_memory") : await plugins.ofKind("db"),
        gate: hasGate ? gates : [],
      },
    },
  };
}

function serverSection<S extends z.ZodType>({ servers, app }: AppConfig, name: string, schema: S): z.output<S> {
  const [section = { file: app.file, path: `Server.${name}`, table: {} }, second] = servers[name] ?? [];
  if (second === undefined) return checkSection(schema, section);
  throw reasonError("CONFIG_INVALID", `${second.file}: ${second.path} is there twice; keep one of them`);
}

function noGate({ app }: AppConfig): M3Error {
  return reasonError(
    "CONFIG_INVALID",
    `${app.file}: this app has sessions, but no gate for them: add [[Plugin.Gate.gate_ws]] or another gate's section`,
  );
}

/** Throws CONFIG_INVALID for pushes that can't be kept, or would be for nobody. */
function checkKeepPushes({ app }: AppConfig, gate: GateConfig, dbs: readonly ChosenPlugin<"db">[]): void {
  const { KeepPushes, ResumeSecret, ResumeWindow } = gate;
  const problem = (text: string) => reasonError("CONFIG_INVALID", `${app.file}: Server.Gate.KeepPushes: ${text}`);
  if (ResumeSecret === undefined || ResumeWindow === 0) {
    throw problem("no session outlives its gate: set the same ResumeSecret at all gates, and a ResumeWindow");
  }
  if (KeepPushes === true && dbs.length === 0) {
    throw problem("there is no store: add [[Plugin.DB.db_redis]] or another db's section, the same at all gates");
  }
  if (KeepPushes !== true && !dbs.some(({ instance }) => instance === KeepPushes)) {
    throw problem(`no db plugin has Name = "${KeepPushes}"`);
  }
}

/** What is accepted but does nothing. */
function gateWarnings(hasGate: boolean, gates: readonly ChosenPlugin<"gate">[]): readonly string[] {
  if (hasGate) return [];
  return gates.map(
    ({ name }) => `${name} does not listen: this app has no sessions, gate: sessions({ … }) in defineApp`,
  );
}

/** True for an app that hosts a server of actors. */
export function hasActors({ servers }: Pick<AppDefinition, "servers">): boolean {
  return servers.some(({ finds }) => finds === "actor");
}

const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error", "fatal"];

/** The level that the log plugin's section sets by `LogLevel`, in any case; undefined when it says nothing of it. */
export function logLevel({ chosen }: AppSettings<unknown>): LogLevel | undefined {
  const { LogLevel } = tableOf(chosen.log?.config);
  return logLevels.find((level) => level === String(LogLevel).toLowerCase());
}

/** The key paths of what differs, `LogLevel` of the log plugin left aside. */
export function changedSections(before: AppSettings<unknown>, after: AppSettings<unknown>): readonly string[] {
  const [old, now] = [sectionsOf(before), sectionsOf(after)];
  const paths = new Set([...old.keys(), ...now.keys()]);
  return [...paths].filter((path) => !isDeepStrictEqual(old.get(path), now.get(path)));
}

function sectionsOf({ config, chosen }: AppSettings<unknown>): ReadonlyMap<string, unknown> {
  const { LogLevel, ...log } = tableOf(chosen.log?.config);
  const sections = new Map<string, unknown>([
    ["App", config.app.table],
    [`Plugin.Log.${chosen.log?.name}`, log],
  ]);
  for (const [name, values] of Object.entries(config.options)) sections.set(`Options.${name}`, values);
  for (const { path, kind, instance, table } of config.plugins) {
    if (kind !== pluginTables.log) sections.set(path, { instance, table });
  }
  for (const { path, table } of Object.values(config.servers).flat()) sections.set(path, table);
  return sections;
}

function tableOf(config: unknown): Readonly<Record<string, unknown>> {
  return typeof config === "object" && config !== null ? { ...config } : {};
}
