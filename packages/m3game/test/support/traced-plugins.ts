import { z } from "zod";
import {
  brokerMemory,
  createMemoryHub,
  definePlugin,
  type Instance,
  type MemoryHub,
  type PluginDefinition,
  routerMemory,
  silentLogger,
  transMemory,
} from "../../src/index.ts";

export type Step = "log" | "broker" | "router" | "trans" | "listen" | "subscribe" | "register";

export interface TraceOptions {
  /** Runs before a step starts; it may throw or never resolve. */
  readonly onStart?: (step: Step) => unknown;
  /** The same for its end. */
  readonly onStop?: (step: Step) => unknown;
}

/** Embedded plugins that note each step of a start (`+log`) and a stop (`-log`), and `drain`. */
export class TracedPlugins {
  readonly hub: MemoryHub = createMemoryHub();
  readonly steps: string[] = [];
  readonly plugins: readonly PluginDefinition[];
  readonly config = "[[Plugin.Log.log_traced]]\n";
  readonly #options: TraceOptions;

  constructor(options: TraceOptions = {}) {
    this.#options = options;
    const config = z.object({});
    this.plugins = [
      definePlugin({
        kind: "log",
        name: "log_traced",
        config,
        create: () =>
          this.#trace("log", { logger: silentLogger, level: "info", [Symbol.asyncDispose]: async () => {} }),
      }),
      definePlugin({
        kind: "broker",
        name: "broker_memory",
        config,
        create: async (_config, context) => {
          const broker = await brokerMemory(this.hub).create({}, context);
          return this.#trace("broker", {
            maxPayloadBytes: broker.maxPayloadBytes,
            publish: (subject, payload) => broker.publish(subject, payload),
            subscribe: async (subject, listener) =>
              this.#trace("subscribe", wrap(await broker.subscribe(subject, listener))),
            [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
          });
        },
      }),
      definePlugin({
        kind: "router",
        name: "router_memory",
        config,
        create: async (_config, context) => {
          const router = await routerMemory(this.hub).create({}, context);
          return this.#trace("router", {
            register: async (instance) => {
              const registration = await router.register(instance);
              return this.#trace("register", {
                ...wrap(registration),
                update: (meta: Instance["meta"]) => registration.update(meta),
              });
            },
            watch: (service, listener) => router.watch(service, listener),
            services: () => router.services(),
            keep: (service, text) => router.keep(service, text),
            kept: (service) => router.kept(service),
            [Symbol.asyncDispose]: () => router[Symbol.asyncDispose](),
          });
        },
      }),
      definePlugin({
        kind: "trans",
        name: "trans_memory",
        config,
        create: async (_config, context) => {
          const trans = await transMemory(this.hub).create({}, context);
          return this.#trace("trans", {
            scheme: trans.scheme,
            preference: trans.preference,
            isGrpc: trans.isGrpc,
            listen: async (host) => {
              const listener = await trans.listen(host);
              return this.#trace("listen", {
                endpoint: listener.endpoint,
                drain: () => {
                  this.steps.push("drain");
                  listener.drain();
                },
                [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
              });
            },
            connect: (options) => trans.connect(options),
            [Symbol.asyncDispose]: () => trans[Symbol.asyncDispose](),
          });
        },
      }),
    ];
  }

  /** Notes start and stop of what can be disposed. When its start is to fail, it is disposed at once. */
  async #trace<T extends AsyncDisposable>(step: Step, value: T): Promise<T> {
    try {
      await this.#options.onStart?.(step);
    } catch (error) {
      await value[Symbol.asyncDispose]();
      throw error;
    }
    this.steps.push(`+${step}`);
    const dispose = value[Symbol.asyncDispose].bind(value);
    return Object.assign(value, {
      [Symbol.asyncDispose]: async () => {
        await this.#options.onStop?.(step);
        this.steps.push(`-${step}`);
        await dispose();
      },
    });
  }
}

/** Another handle of the same thing: what a plugin keeps stays as it is. */
function wrap(handle: AsyncDisposable): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => handle[Symbol.asyncDispose]() };
}
