import type { Instance, M3Error, PluginContext, Registration, Router } from "m3game";
import { KnownTable, Outage, reasonError } from "m3game/internal";
import { BlockingQuery } from "./blocking-query.ts";
import { type ConsulConfig, parseConsulHost } from "./config.ts";
import { ConsulApi } from "./consul-api.ts";
import { newestOf } from "./consul-entry.ts";
import { ConsulRegistration } from "./consul-registration.ts";
import { HealthEndpoint } from "./health-endpoint.ts";

const section = "[[Plugin.Router.router_consul]]";

/** How long instances that Consul does not confirm after an outage are kept, in milliseconds: a check and a half. */
const settleMs = 15_000;

export class ConsulRouter implements Router {
  readonly #api: ConsulApi;
  readonly #address: string;
  readonly #context: PluginContext;
  readonly #outage: Outage;
  readonly #registrations = new Set<ConsulRegistration>();
  readonly #watches = new Set<AsyncDisposable>();
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
    const address = parseConsulHost(config.ConsulHost);
    if (address === undefined) throw reasonError("CONFIG_INVALID", `ConsulHost in ${section} is no host:port`);
    this.#api = new ConsulApi(address, config.Token);
    this.#address = config.ConsulHost;
    this.#context = context;
    this.#outage = new Outage(context.log, "Consul", config.ConsulHost);
  }

  async #start(config: ConsulConfig): Promise<void> {
    await this.#api.checkReady().catch((error) => {
      throw reasonError(
        "PLUGIN_FAILED",
        `no Consul of use at ${this.#address} (${error.message}): start one, or correct ConsulHost in ${section}`,
      );
    });
    this.#endpoint = await HealthEndpoint.listen({
      host: config.AliveHost,
      port: config.AlivePort,
      health: () => this.#context.health(),
      isOurs: (app) => [...this.#registrations].some((registration) => registration.app === app),
    });
  }

  async register(instance: Instance): Promise<Registration> {
    const { log, clock } = this.#context;
    const { service, app } = instance;
    const registration = new ConsulRegistration({
      ...{ api: this.#api, clock, log, outage: this.#outage },
      instance: { ...instance, meta: { ...instance.meta } },
      checkUrl: this.#openEndpoint().checkUrl(service, app),
      onEnd: (ended) => this.#registrations.delete(ended),
    });
    this.#registrations.add(registration);
    await registration.start().catch((error) => {
      throw this.#failure(`can't register ${app}`, error);
    });
    return registration;
  }

  async watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable> {
    this.#openEndpoint();
    const { log, clock } = this.#context;
    const table = new KnownTable(listener, { settleMs, clock, log });
    const query = new BlockingQuery(
      this.#api,
      { service, passing: true },
      {
        onAnswer: (entries, recovered) => {
          this.#outage.over(table);
          table.update(newestOf(entries), recovered);
        },
        onFailure: (error) => this.#outage.failed(table, error),
      },
      clock,
    );
    const handle = {
      [Symbol.asyncDispose]: async () => {
        table.end();
        await query[Symbol.asyncDispose]();
        this.#outage.over(table);
        this.#watches.delete(handle);
      },
    };
    this.#watches.add(handle);
    await query.start().catch(async (error) => {
      await handle[Symbol.asyncDispose]();
      throw this.#failure(`can't watch ${service}`, error);
    });
    return handle;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    await Promise.all([...this.#watches].map((watch) => watch[Symbol.asyncDispose]()));
    await Promise.all(
      [...this.#registrations].map((registration) =>
        registration[Symbol.asyncDispose]().catch((error) => {
          this.#context.log.warn("can't deregister; Consul drops the entry within a minute or so", {
            ...{ app: registration.app, error },
          });
        }),
      ),
    );
    await this.#endpoint?.[Symbol.asyncDispose]();
    this.#api.destroy();
  }

  #openEndpoint(): HealthEndpoint {
    if (this.#disposal !== undefined || this.#endpoint === undefined) {
      throw reasonError("PLUGIN_FAILED", "router_consul is stopped: the app that owns it has ended");
    }
    return this.#endpoint;
  }

  #failure(what: string, error: Error): M3Error {
    return reasonError("PLUGIN_FAILED", `router_consul: ${what} at ${this.#address}: ${error.message}`);
  }
}
