import { definePlugin, type Instance, type Router } from "m3game";
import { z } from "zod";

/** A registry without a server: it knows the app of this process, and those that it is told of. */
export class ToldRegistry {
  readonly #instances = new Map<string, Instance>();
  readonly #watchers = new Set<() => void>();
  readonly plugin = definePlugin({
    kind: "router",
    name: "router_told",
    config: z.object({}),
    create: () => this.#router(),
  });

  /** Throws RangeError for an app that it has not been told of. */
  get(app: string): Instance {
    const instance = this.#instances.get(app);
    if (instance === undefined) throw new RangeError(`nobody has told of ${app}`);
    return instance;
  }

  tell(instance: Instance): void {
    this.#instances.set(instance.app, instance);
    for (const watcher of this.#watchers) watcher();
  }

  #router(): Router {
    const nothing: AsyncDisposable = { async [Symbol.asyncDispose]() {} };
    return {
      register: async (instance) => {
        this.tell(instance);
        return { update: async (meta) => this.tell({ ...instance, meta }), ...nothing };
      },
      watch: async (service, listener) => {
        const watcher = () =>
          listener([...this.#instances.values()].filter((instance) => instance.service === service));
        watcher();
        this.#watchers.add(watcher);
        return nothing;
      },
      services: async () => [...new Set([...this.#instances.values()].map(({ service }) => service))].sort(),
      keep: async () => {},
      kept: async () => undefined,
      ...nothing,
    };
  }
}
