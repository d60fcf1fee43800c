import { EtcdClient, readAccess } from "@m3game/etcd-client";
import { KV, Lease } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import type { LeaseAdmin } from "@m3game/testing";
import { etcdConfig } from "../../src/config.ts";
import { sessionKey } from "../../src/keys.ts";

/** What an operator does with etcd's own tools. */
export class EtcdAdmin implements LeaseAdmin {
  readonly #client: EtcdClient;

  static async connect(endpoints: string): Promise<EtcdAdmin> {
    return new EtcdAdmin(new EtcdClient(await readAccess(etcdConfig.parse({ Endpoints: endpoints }), "test")));
  }

  private constructor(client: EtcdClient) {
    this.#client = client;
  }

  /** Revokes the lease of an app's session. */
  async revoke(app: string): Promise<void> {
    const { kvs } = await this.#client.ask(KV.method.range, { key: sessionKey(app) });
    if (kvs[0] !== undefined) await this.#client.ask(Lease.method.leaseRevoke, { id: kvs[0].lease });
  }

  /** True when the app's session is there. */
  async hasSession(app: string): Promise<boolean> {
    const { kvs } = await this.#client.ask(KV.method.range, { key: sessionKey(app) });
    return kvs.length > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
  }
}
