import { definePlugin, type Instance, type PluginDefinition } from "m3game";
import { z } from "zod";
import { type ChildMessage, type ParentMessage, parentMessage } from "./messages.ts";

type Listener = (instances: readonly Instance[]) => void;

/** The process that started this one: it gives commands, and keeps the registry. */
export class Parent {
  readonly #listeners = new Set<Listener>();
  readonly #onCommand: (message: ParentMessage) => void;
  #instances: readonly Instance[] = [];

  constructor(onCommand: (message: ParentMessage) => void) {
    this.#onCommand = onCommand;
    process.on("message", (message) => this.#take(parentMessage.parse(message)));
    // Nobody is left who would end it.
    process.on("disconnect", () => process.exit());
    if (!process.connected) process.exit();
  }

  tell(message: ChildMessage): void {
    process.send?.(message);
  }

  /** The registry as a plugin; its table is what the parent says. */
  router(): PluginDefinition<"router"> {
    return definePlugin({
      kind: "router",
      name: "router_chaos",
      config: z.object({}),
      create: () => ({
        register: async (instance) => {
          this.tell({ kind: "register", instance: { ...instance, meta: { ...instance.meta } } });
          return {
            update: async (meta) => this.tell({ kind: "register", instance: { ...instance, meta: { ...meta } } }),
            [Symbol.asyncDispose]: async () => this.tell({ kind: "leave", app: instance.app }),
          };
        },
        watch: async (service, listener) => {
          const tell = (instances: readonly Instance[]) =>
            listener(instances.filter((instance) => instance.service === service));
          tell(this.#instances);
          this.#listeners.add(tell);
          return { [Symbol.asyncDispose]: async () => void this.#listeners.delete(tell) };
        },
        services: async () => [...new Set(this.#instances.map(({ service }) => service))].sort(),
        keep: async () => {},
        kept: async () => undefined,
        [Symbol.asyncDispose]: async () => {},
      }),
    });
  }

  #take(message: ParentMessage): void {
    if (message.kind !== "instances") return this.#onCommand(message);
    this.#instances = message.instances;
    for (const listener of this.#listeners) listener(message.instances);
  }
}
