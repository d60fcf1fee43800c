import { NatsBucket, NatsClient } from "@m3game/nats-client";
import type { Instance, PluginContext, Registration, Router } from "m3game";
import { pause, RegistryUses, reasonError } from "m3game/internal";
import type { RouterNatsConfig } from "./config.ts";
import { NatsRegistration } from "./nats-registration.ts";
import { ServiceWatch } from "./service-watch.ts";

const section = "[[Plugin.Router.router_nats]]";

/** How long a request may take, in milliseconds. */
const timeoutMs = 5000;

/** How long a watch that could not be restored waits before it tries again, in milliseconds. */
const retryMs = 1000;

export class NatsRouter implements Router {
  readonly #client: NatsClient;
  readonly #bucket: NatsBucket;
  readonly #config: RouterNatsConfig;
  readonly #context: PluginContext;
  readonly #uses: RegistryUses<NatsRegistration, ServiceWatch>;
  readonly #ending = new AbortController();
  #disposal: Promise<void> | undefined;

  /** Resolves when the server answers and the bucket is there. */
  static async start(config: RouterNatsConfig, context: PluginContext): Promise<NatsRouter> {
    const client = await NatsClient.open(config, {
      section,
      context,
      whenLost: "the last known tables stay in force",
      whenBack: "the registry is read anew",
    });
    try {
      const ttlMs = config.LeaseKeepLiveTime * 1000;
      const bucket = await NatsBucket.open(client, {
        name: config.Bucket,
        ttlMs,
        replicas: config.Replicas,
        timeoutMs,
      });
      return new NatsRouter(client, bucket, config, context);
    } catch (cause) {
      await client[Symbol.asyncDispose]();
      const why = `the bucket ${config.Bucket} can't be had at ${config.URL} (${textOf(cause)})`;
      throw reasonError("PLUGIN_FAILED", `${why}: start the NATS server with JetStream, or correct ${section}`, {
        cause,
      });
    }
  }

  private constructor(client: NatsClient, bucket: NatsBucket, config: RouterNatsConfig, context: PluginContext) {
    this.#client = client;
    this.#config = config;
    this.#bucket = bucket;
    this.#context = context;
    this.#uses = new RegistryUses({
      ...{ name: "router_nats", server: "the registry", address: client.connection.getServer(), context },
      // The others need no longer to enter themselves again than their entries would have lasted.
      settleMs: bucket.ttlMs,
    });
    client.onLost = () => this.#uses.outage.failed(this, new Error("the connection is lost"));
    client.onBack = () => void this.#recover();
  }

  register(instance: Instance): Promise<Registration> {
    const { log, clock } = this.#context;
    return this.#uses.enter(
      instance.app,
      (onEnd) =>
        new NatsRegistration({
          ...{ bucket: this.#bucket, clock, log, outage: this.#uses.outage, onEnd },
          instance: { ...instance, meta: { ...instance.meta } },
        }),
    );
  }

  watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable> {
    const { clock } = this.#context;
    const bucket = this.#bucket;
    return this.#uses.follow(
      service,
      listener,
      (handlers) => new ServiceWatch({ bucket, service, clock, ...handlers }),
    );
  }

  services(): Promise<readonly string[]> {
    return this.#uses.services(async () =>
      (await this.#bucket.keys(">")).map((app) => app.slice(0, app.lastIndexOf("."))),
    );
  }

  keep(service: string, text: string): Promise<void> {
    return this.#uses.ask(`can't keep the rule of ${service}`, async () => {
      const bucket = await this.#keptBucket();
      await bucket.put(service, new TextEncoder().encode(text));
    });
  }

  kept(service: string): Promise<string | undefined> {
    return this.#uses.ask(`can't read the rule of ${service}`, async () => {
      const bucket = await this.#keptBucket();
      const found = await bucket.get(service);
      return found?.value && new TextDecoder().decode(found.value);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    this.#ending.abort();
    await this.#uses[Symbol.asyncDispose]();
    await this.#client[Symbol.asyncDispose]();
  }

  /** What has no time in which it must be written again is in a bucket of its own. Made when it is not there. */
  #keptBucket(): Promise<NatsBucket> {
    const { Bucket, Replicas: replicas } = this.#config;
    return NatsBucket.open(this.#client, { name: `${Bucket}-kept`, replicas, timeoutMs });
  }

  /** What was missed is read, until it succeeded or the server is lost again. */
  async #recover(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && this.#client.isConnected) {
      try {
        await this.#bucket.restore();
        await Promise.all(Array.from(this.#uses.followed, (watch) => watch.list(true)));
        return this.#uses.outage.over(this);
      } catch (error) {
        this.#context.log.debug("the registry can't be read yet", { error });
        await pause(this.#context.clock, retryMs, signal);
      }
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
