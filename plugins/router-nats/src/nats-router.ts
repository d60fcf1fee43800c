import { NatsBucket, NatsClient } from "@m3game/nats-client";
import type { Instance, M3Error, PluginContext, Registration, Router } from "m3game";
import { KnownTable, Outage, pause, reasonError } from "m3game/internal";
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
  readonly #context: PluginContext;
  readonly #outage: Outage;
  readonly #registrations = new Set<NatsRegistration>();
  readonly #watches = new Map<ServiceWatch, AsyncDisposable>();
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
      return new NatsRouter(client, bucket, context);
    } catch (cause) {
      await client[Symbol.asyncDispose]();
      const why = `the bucket ${config.Bucket} can't be had at ${config.URL} (${textOf(cause)})`;
      throw reasonError("PLUGIN_FAILED", `${why}: start the NATS server with JetStream, or correct ${section}`, {
        cause,
      });
    }
  }

  private constructor(client: NatsClient, bucket: NatsBucket, context: PluginContext) {
    this.#client = client;
    this.#bucket = bucket;
    this.#context = context;
    this.#outage = new Outage(context.log, "the registry", client.connection.getServer());
    client.onLost = () => this.#outage.failed(this, new Error("the connection is lost"));
    client.onBack = () => void this.#recover();
  }

  async register(instance: Instance): Promise<Registration> {
    this.#checkUsable();
    const { log, clock } = this.#context;
    const registration = new NatsRegistration({
      ...{ bucket: this.#bucket, clock, log, outage: this.#outage },
      instance: { ...instance, meta: { ...instance.meta } },
      onEnd: (ended) => this.#registrations.delete(ended),
    });
    this.#registrations.add(registration);
    await registration.start().catch((error) => {
      throw failure(`can't register ${instance.app}`, error);
    });
    return registration;
  }

  async watch(service: string, listener: (instances: readonly Instance[]) => void): Promise<AsyncDisposable> {
    this.#checkUsable();
    const { log, clock } = this.#context;
    // After an outage the others need no longer to enter themselves again than their entries would have lasted.
    const table = new KnownTable(listener, { settleMs: this.#bucket.ttlMs, clock, log });
    const watch = new ServiceWatch({
      ...{ bucket: this.#bucket, service, clock },
      onInstances: (instances, recovered) => {
        this.#outage.over(table);
        table.update(instances, recovered);
      },
      onFailure: (error) => this.#outage.failed(table, error),
    });
    const handle = {
      [Symbol.asyncDispose]: async () => {
        table.end();
        await watch[Symbol.asyncDispose]();
        this.#outage.over(table);
        this.#watches.delete(watch);
      },
    };
    this.#watches.set(watch, handle);
    await watch.start().catch(async (error) => {
      await handle[Symbol.asyncDispose]();
      throw failure(`can't watch ${service}`, error);
    });
    return handle;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#watches.values()].map((watch) => watch[Symbol.asyncDispose]()));
    await Promise.all(
      [...this.#registrations].map((registration) =>
        registration[Symbol.asyncDispose]().catch((error) => {
          this.#context.log.warn("can't deregister; the NATS server drops the entry when its time is over", {
            ...{ app: registration.app, error },
          });
        }),
      ),
    );
    await this.#client[Symbol.asyncDispose]();
  }

  /** What was missed is read, until it succeeded or the server is lost again. */
  async #recover(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && this.#client.isConnected) {
      try {
        await this.#bucket.restore();
        await Promise.all([...this.#watches.keys()].map((watch) => watch.list(true)));
        return this.#outage.over(this);
      } catch (error) {
        this.#context.log.debug("the registry can't be read yet", { error });
        await pause(this.#context.clock, retryMs, signal);
      }
    }
  }

  #checkUsable(): void {
    if (this.#disposal === undefined) return;
    throw reasonError("PLUGIN_FAILED", "router_nats is stopped: the app that owns it has ended");
  }
}

function failure(what: string, error: unknown): M3Error {
  return reasonError("PLUGIN_FAILED", `router_nats: ${what}: ${textOf(error)}`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
