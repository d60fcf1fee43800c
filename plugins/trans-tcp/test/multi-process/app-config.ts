import { type PluginDefinition, packageOf, type StartOptions } from "m3game";

/** What every app of the test is started with: registry, broker and transport as in production. */
export function appOptions(id: string, consul: string, nats: string): StartOptions {
  return {
    id,
    // The packages are found by the names in the config, as `m3 run` does it.
    resolvePlugin: async (name) => {
      const plugin: { readonly default: PluginDefinition } = await import(packageOf(name));
      return plugin.default;
    },
    config: `
[[Plugin.Router.router_consul]]
ConsulHost = "${consul}"
[[Plugin.Broker.broker_nats]]
URL = "${nats}"
[[Plugin.Trans.trans_tcp]]
Port = 0
`,
  };
}
