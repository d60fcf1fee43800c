import type { Instance, PluginContext, Registration, Router } from "m3game";
import { RegistryUses, reasonError } from "m3game/internal";
import { BlockingQuery } from "./blocking-query.ts";
import { type ConsulConfig, isHiddenFromConsul, parseConsulHost } from "./config.ts";
import { ConsulApi } from "./consul-api.ts";
import { newestOf } from "./consul-entry.ts";
import { ConsulRegistration } from "./consul-registration.ts";
import { HealthEndpoint } from "./health-endpoint.ts";

const section = "[[Plugin.Router.router_consul]]";

/** How long instances that Consul does not confirm after an outage are kept, in milliseconds: longer than a check takes at most. */
const settleMs = 15_000;

export class ConsulRouter implements Router {
  readonly #api: ConsulApi;
  readonly #address: string;
  readonly #context: PluginContext;
  readonly #uses: RegistryUses<ConsulRegistration, BlockingQuery>;
  #endpoint: HealthEndpoint | undefined;
  #disposal: Promise<void> | undefined;

  /** Resolves when Consul answers and the health checks are served. */
  static async start(config: ConsulConfig, context: PluginContext): Promise<ConsulRouter> {
    const router = new ConsulRouter(config, context);
    try {
      await router.#start(config);
    } catch (error) {
      await router[Symbol.asyncDispose]();
      throw error;
    }
    return router;
  }

  private constructor(config: ConsulConfig, context: PluginContext) {
    const parts = parseConsulHost(config.ConsulHost);
    if (parts === undefined) throw reasonError("CONFIG_INVALID", `ConsulHost in ${section} is no host:port`);
    this.#api = new ConsulApi(parts, config.Token);
    this.#address = config.ConsulHost;
    this.#context = context;
    const address = config.ConsulHost;
    this.#uses = new RegistryUses({ name: "router_consul", server: "Consul", address, settleMs, context });
  }

  async #start(config: ConsulConfig): Promise<void> {
    await this.#api.checkReady().catch((error) => {
      throw reasonError(
        "PLUGIN_FAILED",
        `no Consul of use at ${this.#address} (${error.message}): start one, or correct ConsulHost in ${section}`,
      );
    });
    if (isHiddenFromConsul(config)) {
      const { ConsulHost: consul, AliveHost: host } = config;
      this.#context.log.warn(`others see this app only if Consul reaches it: set AliveHost in ${section}`, {
        consul,
        host,
      });
    }
    this.#endpoint = await HealthEndpoint.listen({
      host: config.AliveHost,
      port: config.AlivePort,
      health: () => this.#context.health(),
      isOurs: (app) => [...this.#uses.entries].some((entry) => entry.app === app),
    });
  }

  async register(instance: Instance): Promise<Registration> {
    const { log, clock } = this.#context;
    const { service, app } = instance;
    return this.#uses.enter(
      app,
      (onEnd) =>
        new ConsulRegistration({
          ...{ api: this.#api, clock, log, outage: this.#uses.outage, onEnd },
          instance: { ...instance, meta: { ...instance.meta } },
          checkUrl: this.#openEndpoint().checkUrl(service, app),
        }),
    );
  }

  watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable> {
    return this.#uses.follow(
      service,
      listener,
      ({ onInstances, onFailure }) =>
        new BlockingQuery(
          this.#api,
          { service, passing: true },
          { onAnswer: (entries, recovered) => onInstances(newestOf(entries), recovered), onFailure },
          this.#context.clock,
        ),
    );
  }

  services(): Promise<readonly string[]> {
    return this.#uses.services(() => this.#api.services());
  }

  keep(service: string, text: string): Promise<void> {
    return this.#uses.ask(`can't keep the rule of ${service}`, () => this.#api.keep(keptKey(service), text));
  }

  kept(service: string): Promise<string | undefined> {
    return this.#uses.ask(`can't read the rule of ${service}`, () => this.#api.kept(keptKey(service)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    await this.#uses[Symbol.asyncDispose]();
    await this.#endpoint?.[Symbol.asyncDispose]();
    this.#api.destroy();
  }

  #openEndpoint(): HealthEndpoint {
    if (this.#endpoint === undefined) throw new Error("the health checks are not served yet");
    return this.#endpoint;
  }
}

function keptKey(service: string): string {
  return `m3/kept/${service}`;
}
