import { type EtcdAccess, EtcdClient, errorText, findMember, readAccess } from "@m3game/etcd-client";
import type { Instance, M3Error, PluginContext, Registration, Router } from "m3game";
import { KnownTable, Outage, reasonError } from "m3game/internal";
import type { RouterEtcdConfig } from "./config.ts";
import { decodeEntry, serviceKey } from "./entry.ts";
import { EtcdRegistration } from "./etcd-registration.ts";
import { KeyWatch, keysUnder } from "./key-watch.ts";

export class EtcdRouter implements Router {
  readonly #client: EtcdClient;
  readonly #access: EtcdAccess;
  readonly #config: RouterEtcdConfig;
  readonly #context: PluginContext;
  readonly #outage: Outage;
  readonly #registrations = new Set<EtcdRegistration>();
  readonly #watches = new Set<AsyncDisposable>();
  #disposal: Promise<void> | undefined;

  /** Resolves when etcd answers. */
  static async start(config: RouterEtcdConfig, context: PluginContext): Promise<EtcdRouter> {
    const access = await readAccess(config, "router_etcd");
    const client = new EtcdClient(access);
    try {
      await findMember(client, access, { key: serviceKey(""), section: "[[Plugin.Router.router_etcd]]" });
    } catch (error) {
      client[Symbol.dispose]();
      throw error;
    }
    return new EtcdRouter(client, access, config, context);
  }

  private constructor(client: EtcdClient, access: EtcdAccess, config: RouterEtcdConfig, context: PluginContext) {
    this.#client = client;
    this.#access = access;
    this.#config = config;
    this.#context = context;
    this.#outage = new Outage(context.log, "etcd", config.Endpoints);
  }

  async register(instance: Instance): Promise<Registration> {
    this.#checkUsable();
    const { log, clock } = this.#context;
    const registration = new EtcdRegistration({
      ...{ client: this.#client, access: this.#access, clock, log, outage: this.#outage },
      instance,
      ttlSeconds: this.#config.LeaseKeepLiveTime,
      onEnd: (ended) => this.#registrations.delete(ended),
    });
    this.#registrations.add(registration);
    await registration.start().catch((error) => {
      throw this.#failure(`can't register ${instance.app}`, error);
    });
    return registration;
  }

  async watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable> {
    this.#checkUsable();
    const { log, clock } = this.#context;
    // After an outage the others need no longer to enter themselves again than their entries would have lasted.
    const table = new KnownTable(listener, { settleMs: this.#config.LeaseKeepLiveTime * 1000, clock, log });
    const watch = new KeyWatch(this.#client, clock, keysUnder(serviceKey(service)), {
      onEntries: (entries, recovered) => {
        this.#outage.over(table);
        const instances = Array.from(entries, ({ key, value }) => decodeEntry(key, value)?.instance);
        table.update(
          instances.filter((each) => each !== undefined),
          recovered,
        );
      },
      onFailure: (error) => this.#outage.failed(table, error),
    });
    const handle = {
      [Symbol.asyncDispose]: async () => {
        table.end();
        await watch[Symbol.asyncDispose]();
        this.#outage.over(table);
        this.#watches.delete(handle);
      },
    };
    this.#watches.add(handle);
    await watch.start().catch(async (error) => {
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
          this.#context.log.warn("can't deregister; etcd drops the entry when its time is over", {
            ...{ app: registration.app, error },
          });
        }),
      ),
    );
    this.#client[Symbol.dispose]();
  }

  #checkUsable(): void {
    if (this.#disposal === undefined) return;
    throw reasonError("PLUGIN_FAILED", "router_etcd is stopped: the app that owns it has ended");
  }

  #failure(what: string, error: unknown): M3Error {
    return reasonError("PLUGIN_FAILED", `router_etcd: ${what} at ${this.#config.Endpoints}: ${errorText(error)}`);
  }
}
