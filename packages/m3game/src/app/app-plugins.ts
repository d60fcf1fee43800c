import type { AppConfig, PluginSection } from "../config/app-config.ts";
import { describeConfig } from "../config/describe.ts";
import { checkSection } from "../config/section.ts";
import { reasonError } from "../meta/error.ts";
import type { PluginContext, PluginDefinition, PluginInstances, PluginKind } from "../plugin/plugin.ts";
import { pluginTables } from "../plugin/plugin.ts";

/** Finds a plugin that a config names, undefined when there is none: what `m3 run` does with installed packages. */
export type ResolvePlugin = (name: string) => Promise<PluginDefinition | undefined>;

/** One plugin as the config wants it, ready to start. */
export interface ChosenPlugin<K extends PluginKind = PluginKind> {
  readonly name: string;
  /** Its `Name` in the config, empty when it has none. */
  readonly instance: string;
  /** Its section, checked. */
  readonly config: unknown;
  /** Its section for a log: without secrets. */
  readonly shownConfig: unknown;
  /** Starts it. Rejects with PLUGIN_FAILED or what the plugin itself says. */
  start(context: PluginContext): Promise<PluginInstances[K]>;
}

/** The plugins of an app, found and their sections checked, before any of them starts. */
export class AppPlugins {
  readonly #known: readonly PluginDefinition[];
  readonly #resolve: ResolvePlugin;
  readonly #config: AppConfig;

  constructor(config: AppConfig, known: readonly PluginDefinition[], resolve: ResolvePlugin) {
    this.#config = config;
    this.#known = known;
    this.#resolve = resolve;
  }

  /** The plugins of a kind in the order of the config. Rejects with PLUGIN_MISSING and CONFIG_INVALID. */
  async ofKind<K extends PluginKind>(kind: K): Promise<readonly ChosenPlugin<K>[]> {
    const sections = this.#config.plugins.filter((section) => section.kind === pluginTables[kind]);
    return Promise.all(sections.map((section) => this.#choose(kind, section)));
  }

  /** The plugins of a kind of which an app has one or none. */
  async atMostOne<K extends PluginKind>(kind: K): Promise<readonly ChosenPlugin<K>[]> {
    const chosen = await this.only(kind);
    return chosen === undefined ? [] : [chosen];
  }

  /** The one plugin of a kind, undefined when the config names none. */
  async only<K extends PluginKind>(kind: K): Promise<ChosenPlugin<K> | undefined> {
    const [first, second] = await this.ofKind(kind);
    if (second === undefined) return first;
    throw reasonError(
      "CONFIG_INVALID",
      `an app has one ${kind}; the config names ${first?.name} and ${second.name}: remove one`,
    );
  }

  /** The one plugin of a kind, `fallback` when the config names none. */
  async required<K extends PluginKind>(kind: K, fallback: string): Promise<ChosenPlugin<K>> {
    return (await this.only(kind)) ?? this.#choose(kind, this.#bare(kind, fallback));
  }

  /** The plugins of a kind, `fallback` alone when the config names none. */
  async some<K extends PluginKind>(kind: K, fallback: string): Promise<readonly ChosenPlugin<K>[]> {
    const chosen = await this.ofKind(kind);
    return chosen.length > 0 ? chosen : [await this.#choose(kind, this.#bare(kind, fallback))];
  }

  #bare(kind: PluginKind, name: string): PluginSection {
    const { file } = this.#config.app;
    return {
      file,
      path: `Plugin.${pluginTables[kind]}.${name}`,
      table: {},
      kind: pluginTables[kind],
      name,
      instance: "",
    };
  }

  async #choose<K extends PluginKind>(kind: K, section: PluginSection): Promise<ChosenPlugin<K>> {
    const definition = this.#known.find((known) => hasName(known, section.name)) ?? (await this.#resolve(section.name));
    if (definition === undefined) {
      throw reasonError(
        "PLUGIN_MISSING",
        `${section.file}: ${section.path}: plugin ${section.name} is not installed: correct its name (m3 plugins lists those that are), or npm i ${packageOf(section.name)}`,
      );
    }
    if (!isOfKind(definition, kind)) {
      throw reasonError(
        "CONFIG_INVALID",
        `${section.file}: ${section.path}: ${section.name} is a ${definition.kind} plugin; it belongs under Plugin.${pluginTables[definition.kind]}`,
      );
    }
    const config = checkSection(definition.config, section);
    const { name } = definition;
    return {
      name,
      instance: section.instance,
      config,
      shownConfig: describeConfig(definition.config, config),
      start: async (context) => definition.create(config, context),
    };
  }
}

/** The package of a plugin by the fixed rule: `router_consul` is in `@m3game/router-consul`. */
export function packageOf(name: string): string {
  return `@m3game/${name.replaceAll("_", "-")}`;
}

function hasName(definition: PluginDefinition, name: string): boolean {
  return definition.name === name || (definition.aliases?.includes(name) ?? false);
}

function isOfKind<K extends PluginKind>(definition: PluginDefinition, kind: K): definition is PluginDefinition<K> {
  return definition.kind === kind;
}
