import { create } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { EtcdClient } from "@m3game/etcd-client";
import {
  Event_EventType as EventType,
  WatchCreateRequest_FilterType as Filter,
  Watch,
  type WatchRequest,
  WatchRequestSchema,
  type WatchResponse,
} from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import type { Clock, Logger, Timer } from "m3game";

type Stream = ClientDuplexStream<WatchRequest, WatchResponse>;

export interface SessionWatchOptions {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the session. Its claims hang on the same lease: when that ends, they end with it. */
  readonly key: Uint8Array;
  /** The first revision of interest. */
  readonly revision: bigint;
}

const reopenMs = 500;

/** Tells when the key of a session is deleted, over a stream that is opened anew when it breaks. */
export class SessionWatch implements Disposable {
  readonly #options: SessionWatchOptions;
  #revision: bigint;
  #onDeleted: (() => void) | undefined;
  #stream: Stream | undefined;
  #timer: Timer | undefined;
  #isDisposed = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
    this.#revision = options.revision;
  }

  /** Begins. `onDeleted` is called once. */
  start(onDeleted: () => void): void {
    this.#onDeleted = onDeleted;
    void this.#open();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.cancel();
    this.#stream?.cancel();
  }

  async #open(): Promise<void> {
    if (this.#isDisposed) return;
    try {
      const stream: Stream = await this.#options.client.stream(Watch.method.watch);
      if (this.#isDisposed) return stream.cancel();
      stream.on("data", (response: WatchResponse) => this.#take(stream, response));
      stream.once("error", (error) => this.#reopen(stream, error));
      stream.once("end", () => this.#reopen(stream, new Error("etcd ended it")));
      this.#stream = stream;
      this.#ask(stream);
    } catch (error) {
      this.#later(error);
    }
  }

  #reopen(stream: Stream, error: Error): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#later(error);
  }

  #later(error: unknown): void {
    if (this.#isDisposed) return;
    const { clock, log } = this.#options;
    log.debug("the watch on this app's session broke; opening it anew", { error });
    this.#timer = clock.after(reopenMs, () => void this.#open());
  }

  #ask(stream: Stream): void {
    const value = { key: this.#options.key, startRevision: this.#revision, filters: [Filter.NOPUT] };
    stream.write(create(WatchRequestSchema, { requestUnion: { case: "createRequest", value } }));
  }

  #take(stream: Stream, { canceled, cancelReason, compactRevision, events }: WatchResponse): void {
    if (canceled) {
      if (compactRevision === 0n) {
        // As when its token has become old: the next request gets a new one.
        this.#reopen(stream, new Error(cancelReason));
        stream.cancel();
        return;
      }
      // It asked for a revision that etcd has forgotten: what happened before is found out by the next renewal.
      this.#revision = compactRevision;
      return this.#ask(stream);
    }
    if (!events.some(({ type }) => type === EventType.DELETE)) return;
    this[Symbol.dispose]();
    this.#onDeleted?.();
  }
}
