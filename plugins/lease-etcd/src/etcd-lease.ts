import { createdAt, type EtcdAccess, EtcdClient, findMember, found, get, put, readAccess } from "@m3game/etcd-client";
import { type KeyValue, KV, Lease } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import type { LeaseHolder, Lease as LeaseStore, OpenSession, OpenSessionResult, PluginContext } from "m3game";
import type { EtcdConfig } from "./config.ts";
import type { EtcdRenewerData } from "./etcd-renewer.ts";
import { EtcdSession } from "./etcd-session.ts";
import { claimKey, decodeOwner, encodeOwner, sessionKey, storeKey } from "./keys.ts";
import { leaseError } from "./lease-error.ts";
import { RemainingTime } from "./remaining-time.ts";
import { SessionWatch } from "./session-watch.ts";
import { readStoreId } from "./store-id.ts";

const section = "[[Plugin.Lease.lease_etcd]]";

// Beside this file, as source or built.
const renewerModule = new URL(
  `./etcd-renewer${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
  import.meta.url,
);

/** What a session hangs on. */
interface GrantedLease {
  readonly lease: bigint;
  readonly cluster: bigint;
  readonly revision: bigint;
  readonly ttlMs: number;
}

export class EtcdLease implements LeaseStore {
  readonly ttlMs: number;
  readonly guardMs: number | undefined;
  readonly #client: EtcdClient;
  readonly #access: EtcdAccess;
  readonly #context: PluginContext;
  readonly #remaining: RemainingTime;
  readonly #watches = new Set<SessionWatch>();

  /** Resolves when etcd answers. */
  static async start(config: EtcdConfig, context: PluginContext): Promise<EtcdLease> {
    const access = await readAccess(config, "lease_etcd");
    const client = new EtcdClient(access);
    try {
      await findMember(client, access, { key: storeKey, section });
      return new EtcdLease(config, access, context, client);
    } catch (error) {
      client[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(config: EtcdConfig, access: EtcdAccess, context: PluginContext, client: EtcdClient) {
    this.ttlMs = config.LeaseKeepLiveTime * 1000;
    this.guardMs = config.PreExitTime === undefined ? undefined : config.PreExitTime * 1000;
    this.#access = access;
    this.#client = client;
    this.#context = context;
    this.#remaining = new RemainingTime(client, context.clock);
  }

  async storeName(): Promise<string> {
    try {
      return `lease_etcd/${await readStoreId(this.#client)}`;
    } catch (error) {
      throw leaseError("the request for the store's name", error);
    }
  }

  async openSession(request: OpenSession): Promise<OpenSessionResult> {
    try {
      return await this.#openSession(request);
    } catch (error) {
      throw leaseError("the request to open a session", error);
    }
  }

  async holder(id: string): Promise<LeaseHolder | undefined> {
    try {
      const { kvs } = await this.#client.ask(KV.method.range, { key: claimKey(id) });
      return kvs[0] && holderOf(kvs[0]);
    } catch (error) {
      throw leaseError("the request for the holder", error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#client[Symbol.dispose]();
  }

  async #openSession(request: OpenSession): Promise<OpenSessionResult> {
    const { app, incarnation } = request;
    const key = sessionKey(app);
    // A look first: who waits for an older session needs no lease each time.
    const { kvs } = await this.#client.ask(KV.method.range, { key });
    const [older] = kvs;
    if (older !== undefined && decodeOwner(older.value).incarnation !== incarnation) return this.#taken(older);

    const granted = await this.#client.ask(Lease.method.leaseGrant, { ttl: BigInt(Math.ceil(request.ttlMs / 1000)) });
    const ttlMs = Number(granted.ttl) * 1000;
    const cluster = granted.header?.clusterId ?? 0n;
    const answer = await this.#client.ask(KV.method.txn, {
      compare: [createdAt(key, 0n)],
      success: [put(key, encodeOwner(request), granted.id)],
      failure: [get(key)],
    });
    if (answer.succeeded)
      return this.#open(request, { lease: granted.id, cluster, revision: answer.header?.revision ?? 0n, ttlMs });
    await this.#client.ask(Lease.method.leaseRevoke, { id: granted.id });
    const session = found(answer.responses[0]);
    if (session === undefined) throw new Error("an answer without the session");
    if (decodeOwner(session.value).incarnation !== incarnation) return this.#taken(session);
    // An earlier attempt had succeeded, and its answer was lost.
    return this.#open(request, { lease: session.lease, cluster, revision: session.createRevision, ttlMs });
  }

  #open(
    { app, incarnation, address }: OpenSession,
    { lease, cluster, revision, ttlMs }: GrantedLease,
  ): OpenSessionResult {
    const { clock, log } = this.#context;
    const watch = new SessionWatch({
      ...{ client: this.#client, clock, log, key: sessionKey(app), revision: revision + 1n },
    });
    this.#watches.add(watch);
    const data: EtcdRenewerData = { access: this.#access, lease, cluster };
    const session = new EtcdSession({
      ...{ client: this.#client, watch, remaining: this.#remaining, lease, revision, ttlMs },
      owner: { app, incarnation, address },
      renewal: { kind: "module", module: renewerModule, data },
      onClose: () => {
        watch[Symbol.dispose]();
        this.#watches.delete(watch);
      },
    });
    return { status: "open", session };
  }

  async #taken(session: KeyValue): Promise<OpenSessionResult> {
    const remainingMs = await this.#remaining.of(session.lease);
    return { status: "taken", holder: holderOf(session), remainingMs };
  }
}

function holderOf(entry: KeyValue): LeaseHolder {
  return { ...decodeOwner(entry.value), counter: entry.modRevision };
}
