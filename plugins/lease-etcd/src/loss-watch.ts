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

interface WatchedKey {
  readonly key: Uint8Array;
  readonly onDeleted: () => void;
  /** The first revision of interest. */
  revision: bigint;
}

const reopenMs = 500;

/** Tells when keys are deleted, over one stream that is opened anew when it breaks. */
export class LossWatch implements Disposable {
  readonly #client: EtcdClient;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #keys = new Map<bigint, WatchedKey>();
  #lastId = 0n;
  #stream: Stream | undefined;
  #timer: Timer | undefined;
  #isOpening = false;
  #isDisposed = false;

  constructor(client: EtcdClient, clock: Clock, log: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  /** Watches a key from a revision on. `onDeleted` is called once; disposing ends the watch. */
  add(key: Uint8Array, revision: bigint, onDeleted: () => void): Disposable {
    const id = ++this.#lastId;
    const watched = { key, revision, onDeleted };
    this.#keys.set(id, watched);
    if (this.#stream !== undefined) this.#send(this.#stream, id, watched);
    else if (this.#timer === undefined) void this.#open();
    return {
      [Symbol.dispose]: () => {
        if (this.#keys.delete(id)) this.#cancel(id);
      },
    };
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#keys.clear();
    this.#timer?.cancel();
    this.#stream?.cancel();
  }

  async #open(): Promise<void> {
    if (this.#isOpening || this.#isDisposed) return;
    this.#isOpening = true;
    try {
      const stream: Stream = await this.#client.stream(Watch.method.watch);
      if (this.#isDisposed) return stream.cancel();
      stream.on("data", (response: WatchResponse) => this.#take(response));
      stream.once("error", (error) => this.#reopen(stream, error));
      stream.once("end", () => this.#reopen(stream, new Error("etcd ended it")));
      this.#stream = stream;
      for (const [id, watched] of this.#keys) this.#send(stream, id, watched);
    } catch (error) {
      this.#later(error);
    } finally {
      this.#isOpening = false;
    }
  }

  #reopen(stream: Stream, error: Error): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#later(error);
  }

  #later(error: unknown): void {
    if (this.#isDisposed) return;
    this.#log.debug("the watch on what this app holds broke; opening it anew", { error });
    this.#timer = this.#clock.after(reopenMs, () => {
      this.#timer = undefined;
      void this.#open();
    });
  }

  #take(response: WatchResponse): void {
    const watched = this.#keys.get(response.watchId);
    if (watched === undefined) return;
    if (response.canceled) {
      // It asked for a revision that etcd has forgotten: what happened before is found out by the next change of the claim.
      if (response.compactRevision === 0n) return;
      watched.revision = response.compactRevision;
      if (this.#stream !== undefined) this.#send(this.#stream, response.watchId, watched);
      return;
    }
    if (!response.events.some(({ type }) => type === EventType.DELETE)) return;
    this.#keys.delete(response.watchId);
    this.#cancel(response.watchId);
    watched.onDeleted();
  }

  #send(stream: Stream, watchId: bigint, { key, revision }: WatchedKey): void {
    const value = { key, startRevision: revision, filters: [Filter.NOPUT], watchId };
    stream.write(create(WatchRequestSchema, { requestUnion: { case: "createRequest", value: { ...value } } }));
  }

  #cancel(watchId: bigint): void {
    const requestUnion = { case: "cancelRequest", value: { watchId } } as const;
    this.#stream?.write(create(WatchRequestSchema, { requestUnion }));
  }
}
