import { create, type MessageShape } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { LeaseRenewer } from "m3game";
import {
  Lease,
  type LeaseKeepAliveRequest,
  LeaseKeepAliveRequestSchema,
  type LeaseKeepAliveResponse,
} from "../gen/etcdserverpb/rpc_pb.js";
import type { EtcdAccess } from "./access.ts";
import { EtcdClient } from "./etcd-client.ts";

type Stream = ClientDuplexStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>;

/** Renews one etcd lease over a connection of its own, which it closes when it is disposed. */
export class EtcdRenewer implements LeaseRenewer {
  readonly #client: EtcdClient;
  readonly #request: MessageShape<typeof LeaseKeepAliveRequestSchema>;
  readonly #cluster: bigint | undefined;
  #stream: Stream | undefined;

  /** `cluster`: the only one whose lease it is; that of a cluster which was restored from a snapshot is over. */
  constructor(access: EtcdAccess, lease: bigint, cluster?: bigint) {
    this.#client = new EtcdClient(access);
    this.#cluster = cluster;
    this.#request = create(LeaseKeepAliveRequestSchema, { id: lease });
  }

  async renew(signal: AbortSignal): Promise<number> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => {
      reject(signal.reason);
      this.#drop();
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      const stream = await Promise.race([this.#open(), aborted]);
      const { ttl, header } = await Promise.race([answer(stream, this.#request), aborted]);
      if (this.#cluster !== undefined && header?.clusterId !== this.#cluster) return 0;
      return Number(ttl) * 1000;
    } catch (error) {
      this.#drop();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#drop();
    this.#client[Symbol.dispose]();
  }

  async #open(): Promise<Stream> {
    if (this.#stream !== undefined) return this.#stream;
    const stream: Stream = await this.#client.stream(Lease.method.leaseKeepAlive);
    // Each answer has listeners of its own; an error between two of them is found by the next one.
    stream.on("error", () => {
      if (this.#stream === stream) this.#stream = undefined;
    });
    this.#stream = stream;
    return stream;
  }

  /** A connection without an answer may be half open: the next attempt uses another. */
  #drop(): void {
    this.#stream?.cancel();
    this.#stream = undefined;
    this.#client.reconnect();
  }
}

function answer(stream: Stream, request: LeaseKeepAliveRequest): Promise<LeaseKeepAliveResponse> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      stream.off("data", onData);
      stream.off("error", onError);
      stream.off("end", onEnd);
      act();
    };
    const onData = (response: LeaseKeepAliveResponse) => settle(() => resolve(response));
    const onError = (error: Error) => settle(() => reject(error));
    const onEnd = () => settle(() => reject(new Error("etcd ended the stream of renewals")));
    stream.on("data", onData);
    stream.on("error", onError);
    stream.on("end", onEnd);
    stream.write(request);
  });
}
