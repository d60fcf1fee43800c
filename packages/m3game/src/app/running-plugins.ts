import { reasonError } from "../meta/error.ts";
import type { PluginInstances, PluginKind } from "../plugin/plugin.ts";

interface Running<K extends PluginKind> {
  readonly instance: string;
  readonly plugin: PluginInstances[K];
}

/** The plugins of an app that have started. */
export class RunningPlugins {
  readonly #byKind: { [K in PluginKind]?: Running<K>[] } = {};

  add<K extends PluginKind>(kind: K, instance: string, plugin: PluginInstances[K]): void {
    const list: Running<K>[] = this.#byKind[kind] ?? [];
    list.push({ instance, plugin });
    Object.assign(this.#byKind, { [kind]: list });
  }

  /** The first of its kind, undefined when the config names none. */
  first<K extends PluginKind>(kind: K): PluginInstances[K] | undefined {
    const list: readonly Running<K>[] = this.#byKind[kind] ?? [];
    return list[0]?.plugin;
  }

  /** All of its kind, in the order of the config. */
  all<K extends PluginKind>(kind: K): readonly PluginInstances[K][] {
    const list: readonly Running<K>[] = this.#byKind[kind] ?? [];
    return list.map(({ plugin }) => plugin);
  }

  /** The one with this `Name`; without a name the first of the config. Throws PLUGIN_MISSING. */
  get<K extends PluginKind>(kind: K, instance?: string): PluginInstances[K] {
    const list: readonly Running<K>[] = this.#byKind[kind] ?? [];
    const found = instance === undefined ? list[0] : list.find((running) => running.instance === instance);
    if (found !== undefined) return found.plugin;
    throw reasonError(
      "PLUGIN_MISSING",
      instance === undefined
        ? `the config of this app names no ${kind} plugin: add its section`
        : `the config of this app names no ${kind} plugin with Name = "${instance}"`,
    );
  }
}
