import { type EtcdAccess, EtcdClient, errorText, findMember, readAccess } from "@m3game/etcd-client";
import { type KeyValue, KV } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import type { Instance, PluginContext, Registration, Router } from "m3game";
import { RegistryUses } from "m3game/internal";
import type { RouterEtcdConfig } from "./config.ts";
import { allKeys, decodeEntry, keptKey, serviceKey, serviceOf } from "./entry.ts";
import { EtcdRegistration } from "./etcd-registration.ts";
import { KeyWatch, keysUnder } from "./key-watch.ts";

export class EtcdRouter implements Router {
  readonly #client: EtcdClient;
  readonly #access: EtcdAccess;
  readonly #config: RouterEtcdConfig;
  readonly #context: PluginContext;
  readonly #uses: RegistryUses<EtcdRegistration, KeyWatch>;
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
    this.#uses = new RegistryUses({
      ...{ name: "router_etcd", server: "etcd", address: config.Endpoints, context, textOf: errorText },
      // The others need no longer to enter themselves again than their entries would have lasted.
      settleMs: config.LeaseKeepLiveTime * 1000,
    });
  }

  register(instance: Instance): Promise<Registration> {
    const { log, clock } = this.#context;
    return this.#uses.enter(
      instance.app,
      (onEnd) =>
        new EtcdRegistration({
          ...{ client: this.#client, access: this.#access, clock, log, outage: this.#uses.outage },
          ...{ instance, ttlSeconds: this.#config.LeaseKeepLiveTime, onEnd },
        }),
    );
  }

  watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable> {
    const instanceOf = instanceReader();
    return this.#uses.follow(
      service,
      listener,
      ({ onInstances, onFailure }) =>
        new KeyWatch(this.#client, this.#context.clock, keysUnder(serviceKey(service)), {
          onEntries: (entries, recovered) => {
            const instances = Array.from(entries, instanceOf);
            onInstances(
              instances.filter((each) => each !== undefined),
              recovered,
            );
          },
          onFailure,
        }),
    );
  }

  services(): Promise<readonly string[]> {
    return this.#uses.services(async () => {
      const { kvs } = await this.#client.ask(KV.method.range, { ...keysUnder(allKeys), keysOnly: true });
      return kvs.map(({ key }) => serviceOf(key));
    });
  }

  keep(service: string, text: string): Promise<void> {
    return this.#uses.ask(`can't keep the rule of ${service}`, async () => {
      await this.#client.ask(KV.method.put, { key: keptKey(service), value: new TextEncoder().encode(text) });
    });
  }

  kept(service: string): Promise<string | undefined> {
    return this.#uses.ask(`can't read the rule of ${service}`, async () => {
      const { kvs } = await this.#client.ask(KV.method.range, { key: keptKey(service) });
      return kvs[0] && new TextDecoder().decode(kvs[0].value);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#uses[Symbol.asyncDispose]().then(() => this.#client[Symbol.dispose]());
    return this.#disposal;
  }
}

/** Decodes each entry once: a service has hundreds, and one change leaves all others as they are. */
function instanceReader(): (entry: KeyValue) => Instance | undefined {
  const known = new WeakMap<KeyValue, Instance | undefined>();
  return (entry) => {
    if (!known.has(entry)) known.set(entry, decodeEntry(entry.key, entry.value)?.instance);
    return known.get(entry);
  };
}
