import { randomUUID } from "node:crypto";
import { NatsBucket, NatsClient } from "@m3game/nats-client";
import type { Lease, LeaseHolder, OpenSession, OpenSessionResult, PluginContext } from "m3game";
import { reasonError } from "m3game/internal";
import type { LeaseNatsConfig } from "./config.ts";
import { leaseError } from "./lease-error.ts";
import type { NatsRenewerData } from "./nats-renewer.ts";
import { NatsSession } from "./nats-session.ts";
import { appKey, claimKey, decodeOwner, encodeOwner, type Owner, storeKey } from "./owner.ts";
import { requestTimeoutMs, SignsOfLife } from "./signs-of-life.ts";

const section = "[[Plugin.Lease.lease_nats]]";

// Beside this file, as source or built.
const renewerModule = new URL(
  `./nats-renewer${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
  import.meta.url,
);

export class NatsLease implements Lease {
  readonly ttlMs: number;
  readonly guardMs: number | undefined;
  readonly #config: LeaseNatsConfig;
  readonly #client: NatsClient;
  readonly #bucket: NatsBucket;
  readonly #signs: SignsOfLife;
  #isDisposed = false;

  /** Resolves when the server answers and the buckets are there. */
  static async start(config: LeaseNatsConfig, context: PluginContext): Promise<NatsLease> {
    const client = await NatsClient.open(config, {
      section,
      context,
      whenLost: "nothing new can be owned until it is back",
      whenBack: "sessions go on if they still last",
    });
    try {
      const { Bucket: name, Replicas: replicas, LeaseKeepLiveTime } = config;
      const bucket = await NatsBucket.open(client, { name, replicas, timeoutMs: requestTimeoutMs });
      const signs = new SignsOfLife({ client, bucket: name, replicas });
      await signs.bucket(LeaseKeepLiveTime);
      return new NatsLease(config, context, { client, bucket, signs });
    } catch (cause) {
      await client[Symbol.asyncDispose]();
      const why = cause instanceof Error ? cause.message : String(cause);
      const text = `the bucket ${config.Bucket} can't be had at ${config.URL} (${why}): start the NATS server with JetStream, or correct ${section}`;
      throw reasonError("PLUGIN_FAILED", text, { cause });
    }
  }

  private constructor(
    config: LeaseNatsConfig,
    context: PluginContext,
    parts: { readonly client: NatsClient; readonly bucket: NatsBucket; readonly signs: SignsOfLife },
  ) {
    this.ttlMs = config.LeaseKeepLiveTime * 1000;
    this.guardMs = config.PreExitTime === undefined ? undefined : config.PreExitTime * 1000;
    this.#config = config;
    this.#client = parts.client;
    this.#bucket = parts.bucket;
    this.#signs = parts.signs;
    // A server that came back without its data has no buckets.
    parts.client.onBack = () => {
      Promise.all([this.#bucket.restore(), this.#signs.restore()]).catch((error) => {
        context.log.warn("the buckets of leases can't be had", { error });
      });
    };
  }

  storeName(): Promise<string> {
    return this.#call("for the store's name", async () => {
      for (;;) {
        const found = await this.#bucket.get(storeKey);
        if (found?.value !== undefined) return `lease_nats/${new TextDecoder().decode(found.value)}`;
        await this.#bucket.compareAndSet(storeKey, new TextEncoder().encode(randomUUID()), found?.revision ?? 0);
      }
    });
  }

  openSession(request: OpenSession): Promise<OpenSessionResult> {
    return this.#call("to open a session", () => this.#openSession(request));
  }

  holder(id: string): Promise<LeaseHolder | undefined> {
    return this.#call("for the holder", async () => {
      const claim = await this.#bucket.get(claimKey(id));
      const owner = decodeOwner(claim?.value);
      if (claim === undefined || owner === undefined) return undefined;
      const { isOver } = await this.#signs.stateOf(owner);
      return isOver ? undefined : holderOf(owner, claim.revision);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#client[Symbol.asyncDispose]();
  }

  async #openSession(request: OpenSession): Promise<OpenSessionResult> {
    const { app, incarnation, address, ttlMs } = request;
    const key = appKey(app);
    for (;;) {
      const found = await this.#bucket.get(key);
      const known = decodeOwner(found?.value);
      const state = known && (await this.#signs.stateOf(known));
      if (found !== undefined && known !== undefined && state?.isOver === false) {
        if (known.incarnation !== incarnation) {
          return { status: "taken", holder: holderOf(known, found.revision), remainingMs: state.remainingMs };
        }
        // An earlier attempt had succeeded, and its answer was lost.
        const renewed = await this.#signs.renew(known, state.revision);
        if (renewed !== undefined) return this.#open(known, renewed);
        continue;
      }
      const seconds = Math.ceil(ttlMs / 1000);
      const owner = { app, incarnation, address, session: randomUUID(), seconds };
      // First the sign of life: a session that is entered without one would be over at once.
      const revision = await this.#signs.begin(owner);
      const entered = await this.#bucket.compareAndSet(key, encodeOwner(owner), found?.revision ?? 0);
      if (entered !== undefined) return this.#open(owner, revision);
      await this.#signs.end(owner);
    }
  }

  #open(owner: Owner, revision: number): OpenSessionResult {
    const { URL, User, Password, Token, Bucket, Replicas } = this.#config;
    const config = { URL, User, Password, Token };
    const data: NatsRenewerData = { config, bucket: Bucket, replicas: Replicas, revision, owner };
    const session = new NatsSession({
      ...{ bucket: this.#bucket, signs: this.#signs, owner },
      renewal: { kind: "module", module: renewerModule, data },
    });
    return { status: "open", session };
  }

  async #call<T>(what: string, ask: () => Promise<T>): Promise<T> {
    if (this.#isDisposed) throw reasonError("PLUGIN_FAILED", "lease_nats is stopped: the app that owns it has ended");
    try {
      return await ask();
    } catch (error) {
      throw leaseError(what, error);
    }
  }
}

function holderOf({ app, incarnation, address }: Owner, revision: number): LeaseHolder {
  return { app, incarnation, address, counter: BigInt(revision) };
}
