import { z } from "zod";
import { reasonError } from "../../meta/error.ts";
import type { Logger } from "../log.ts";
import { definePlugin, type PluginDefinition } from "../plugin.ts";
import type { Instance, Registration, Router } from "../router.ts";
import type { MemoryHub } from "./memory-hub.ts";
import type { MemoryRegistry } from "./memory-registry.ts";

/**
 * The embedded registry, `[[Plugin.Router.router_memory]]`: apps of one process that share a hub see each other.
 * Changes reach watchers within the same turn of the event loop.
 */
export function routerMemory(hub: MemoryHub): PluginDefinition<"router"> {
  return definePlugin({
    kind: "router",
    name: "router_memory",
    config: z.object({}),
    create: (_config, context) => new MemoryRouter(hub.registry, context.log),
  });
}

class MemoryRouter implements Router {
  readonly #registry: MemoryRegistry;
  readonly #log: Logger;
  readonly #open = new Set<AsyncDisposable>();
  #disposed = false;

  constructor(registry: MemoryRegistry, log: Logger) {
    this.#registry = registry;
    this.#log = log;
  }

  async register(instance: Instance): Promise<Registration> {
    this.#checkOpen();
    const freeze = (meta: Instance["meta"]) => Object.freeze({ ...instance, meta: Object.freeze({ ...meta }) });
    let entry = freeze(instance.meta);
    this.#registry.enter(entry);
    const handle = this.#handle(() => this.#registry.remove(entry));
    const update = async (meta: Instance["meta"]) => {
      const next = freeze(meta);
      if (this.#registry.replace(entry, next)) entry = next;
    };
    return { update, [Symbol.asyncDispose]: () => handle[Symbol.asyncDispose]() };
  }

  async watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable> {
    this.#checkOpen();
    const watch = new Watch(this.#registry, service, listener, this.#log);
    watch.deliver();
    return this.#handle(() => watch.end());
  }

  async services(): Promise<readonly string[]> {
    this.#checkOpen();
    return this.#registry.services();
  }

  async keep(service: string, text: string): Promise<void> {
    this.#checkOpen();
    this.#registry.kept.set(service, text);
  }

  async kept(service: string): Promise<string | undefined> {
    this.#checkOpen();
    return this.#registry.kept.get(service);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const handle of this.#open) await handle[Symbol.asyncDispose]();
  }

  #checkOpen(): void {
    if (this.#disposed) throw reasonError("PLUGIN_FAILED", "router_memory is stopped: the app that owns it has ended");
  }

  #handle(end: () => void): AsyncDisposable {
    const handle: AsyncDisposable = {
      [Symbol.asyncDispose]: async () => {
        if (this.#open.delete(handle)) end();
      },
    };
    this.#open.add(handle);
    return handle;
  }
}

class Watch {
  readonly #registry: MemoryRegistry;
  readonly #service: string;
  readonly #listener: (instances: readonly Instance[]) => void;
  readonly #log: Logger;
  #scheduled = false;
  #ended = false;
  #lastContent = "";

  constructor(
    registry: MemoryRegistry,
    service: string,
    listener: (instances: readonly Instance[]) => void,
    log: Logger,
  ) {
    this.#registry = registry;
    this.#service = service;
    this.#listener = listener;
    this.#log = log;
    registry.addWatcher(service, this);
  }

  changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.deliver();
    });
  }

  deliver(): void {
    if (this.#ended) return;
    const table = this.#registry.table(this.#service);
    const content = JSON.stringify(table);
    if (content === this.#lastContent) return;
    this.#lastContent = content;
    try {
      this.#listener(table);
    } catch (error) {
      this.#log.error("a watcher of the registry threw", { service: this.#service, error });
    }
  }

  end(): void {
    this.#ended = true;
    this.#registry.removeWatcher(this.#service, this);
  }
}
