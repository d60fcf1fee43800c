import type { EtcdClient } from "@m3game/etcd-client";
import { Lease } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import type { Clock } from "m3game";

const keptMs = 500;

/** How long leases last unless they are renewed. What was just asked is not asked again: many claims hang on one lease. */
export class RemainingTime {
  readonly #client: EtcdClient;
  readonly #clock: Clock;
  readonly #known = new Map<bigint, { readonly until: number; readonly remainingMs: Promise<number> }>();

  constructor(client: EtcdClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Milliseconds, 0 when the lease is over. Rejects as the client. */
  async of(lease: bigint): Promise<number> {
    const now = this.#clock.now();
    for (const [id, { until }] of this.#known) if (until <= now) this.#known.delete(id);
    const known = this.#known.get(lease) ?? { until: now + keptMs, remainingMs: this.#ask(lease) };
    this.#known.set(lease, known);
    return known.remainingMs;
  }

  async #ask(lease: bigint): Promise<number> {
    const { ttl } = await this.#client.ask(Lease.method.leaseTimeToLive, { id: lease });
    return Math.max(0, Number(ttl) * 1000);
  }
}
