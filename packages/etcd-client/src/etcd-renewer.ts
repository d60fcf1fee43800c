import { create } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { type LeaseRenewer, systemClock } from "m3game";
import { anySignal } from "m3game/internal";
import {
  Lease,
  type LeaseKeepAliveRequest,
  LeaseKeepAliveRequestSchema,
  type LeaseKeepAliveResponse,
} from "../gen/etcdserverpb/rpc_pb.js";
import type { EtcdAccess } from "./access.ts";
import { EtcdClient } from "./etcd-client.ts";

type Stream = ClientDuplexStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>;

/** After so long without an answer another member is asked as well, in milliseconds. */
const patienceMs = 500;

/**
 * Renews one etcd lease over a connection of its own to each member, which it closes when it is disposed. The one that answered
 * last is asked first, and while it is silent the others and itself again, one after another; the first answer counts. A follower
 * whose leader hangs is as silent as that one, and goes on to be: only what it is asked once there is another leader it answers.
 */
export class EtcdRenewer implements LeaseRenewer {
  readonly #members: readonly EtcdClient[];
  readonly #lease: bigint;
  readonly #cluster: bigint | undefined;
  #first = 0;

  /** `cluster`: the only one whose lease it is; that of a cluster which was restored from a snapshot is over. */
  constructor(access: EtcdAccess, lease: bigint, cluster?: bigint) {
    this.#members = access.endpoints.map((endpoint) => new EtcdClient({ ...access, endpoints: [endpoint] }));
    this.#lease = lease;
    this.#cluster = cluster;
  }

  async renew(signal: AbortSignal): Promise<number> {
    const { length } = this.#members;
    const answered = new AbortController();
    const over = anySignal([signal, answered.signal]);
    const asked: Promise<number>[] = [];
    let next = this.#first;
    try {
      for (; ; next = (next + 1) % length) {
        asked.push(this.#ask(next, over));
        const state = await stateWithin(length === 1 ? undefined : patienceMs, asked);
        const isLast = state === "failed" && asked.length >= length;
        if (state === "answered" || isLast || signal.aborted) return await Promise.any(asked);
      }
    } catch (error) {
      // However short an attempt is, the next one gets to those that this one did not ask.
      this.#first = (next + 1) % length;
      throw error instanceof AggregateError ? error.errors[0] : error;
    } finally {
      answered.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#members) client[Symbol.dispose]();
  }

  async #ask(member: number, over: AbortSignal): Promise<number> {
    const client = this.#members[member];
    if (client === undefined) throw new RangeError("no member of etcd is known");
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const end = () => reject(over.reason);
    over.addEventListener("abort", end, { once: true });
    try {
      // One for each question: etcd answers those of one stream one after another.
      const stream = await Promise.race([client.stream(Lease.method.leaseKeepAlive, over), ended]);
      const { ttl, header } = await Promise.race([answer(stream, this.#lease), ended]);
      this.#first = member;
      if (this.#cluster !== undefined && header?.clusterId !== this.#cluster) return 0;
      return Number(ttl) * 1000;
    } catch (error) {
      // A connection without an answer may be half open.
      client.reconnect();
      throw error;
    } finally {
      over.removeEventListener("abort", end);
    }
  }
}

function answer(stream: Stream, id: bigint): Promise<LeaseKeepAliveResponse> {
  return new Promise((resolve, reject) => {
    stream.once("data", resolve);
    stream.once("error", reject);
    stream.once("end", () => reject(new Error("etcd ended the stream of renewals")));
    stream.end(create(LeaseKeepAliveRequestSchema, { id }));
  });
}

/** `failed` when each of them has. */
function stateWithin(
  ms: number | undefined,
  asked: readonly Promise<number>[],
): Promise<"answered" | "failed" | "silent"> {
  return new Promise((resolve) => {
    const timer = ms === undefined ? undefined : systemClock.after(ms, () => resolve("silent"));
    void Promise.any(asked)
      .then(
        () => resolve("answered"),
        () => resolve("failed"),
      )
      .finally(() => timer?.cancel());
  });
}
