import { definePlugin, type Instance, type PluginDefinition } from "m3game";
import { z } from "zod";

/** A registry with fixed content, so that two processes find each other without a server. */
export function staticRouter(instances: readonly Instance[]): PluginDefinition<"router"> {
  const nothing: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };
  return definePlugin({
    kind: "router",
    name: "router_static",
    config: z.object({}),
    create: () => ({
      register: async () => ({ update: async () => {}, ...nothing }),
      watch: async (service, listener) => {
        listener(instances.filter((instance) => instance.service === service));
        return nothing;
      },
      services: async () => [...new Set(instances.map(({ service }) => service))].sort(),
      keep: async () => {},
      kept: async () => undefined,
      ...nothing,
    }),
  });
}
