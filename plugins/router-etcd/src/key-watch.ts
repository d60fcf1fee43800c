import { create } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { EtcdClient } from "@m3game/etcd-client";
import {
  Event_EventType as EventType,
  type KeyValue,
  KV,
  Watch,
  type WatchRequest,
  WatchRequestSchema,
  type WatchResponse,
} from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import type { Clock } from "m3game";
import { pause } from "m3game/internal";

type Stream = ClientDuplexStream<WatchRequest, WatchResponse>;

/** The shortest wait before a watch that broke is begun anew, in milliseconds; the longest is twice that. */
const minRetryMs = 250;

/** What a watch needs of the client. */
export type Asker = Pick<EtcdClient, "ask" | "stream">;

/** One key, or all keys from `key` on that come before `rangeEnd`. */
export interface KeyRange {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}

/** All keys with this beginning. */
export function keysUnder(prefix: Uint8Array): KeyRange {
  const rangeEnd = Uint8Array.from(prefix);
  const last = rangeEnd.length - 1;
  rangeEnd[last] = (rangeEnd[last] ?? 0) + 1;
  return { key: prefix, rangeEnd };
}

export function singleKey(key: Uint8Array): KeyRange {
  return { key, rangeEnd: new Uint8Array() };
}

export interface KeyWatchHandlers {
  /** What is there now. `recovered`: the watch had broken, and what etcd knew before may be lost. */
  onEntries(entries: Iterable<KeyValue>, recovered: boolean): void;
  onFailure(error: unknown): void;
}

/**
 * Follows some keys: lists them, then takes what changes. When the watch breaks, or etcd has forgotten what it would go on
 * from, it lists them anew.
 */
export class KeyWatch implements AsyncDisposable {
  readonly #client: Asker;
  readonly #clock: Clock;
  readonly #range: KeyRange;
  readonly #handlers: KeyWatchHandlers;
  readonly #ending = new AbortController();
  #entries = new Map<string, KeyValue>();
  #stream: Stream | undefined;
  #following: Promise<void> = Promise.resolve();

  constructor(client: Asker, clock: Clock, range: KeyRange, handlers: KeyWatchHandlers) {
    this.#client = client;
    this.#clock = clock;
    this.#range = range;
    this.#handlers = handlers;
  }

  /** Resolves once the first entries were told. Rejects when etcd can't be asked; the watch has ended then. */
  async start(): Promise<void> {
    const revision = await this.#list(false);
    this.#following = this.#follow(revision);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    this.#stream?.cancel();
    await this.#following;
  }

  async #follow(listedAt: bigint): Promise<void> {
    const { signal } = this.#ending;
    let revision: bigint | undefined = listedAt;
    while (!signal.aborted) {
      try {
        revision ??= await this.#list(true);
        await this.#watch(revision + 1n);
      } catch (error) {
        if (signal.aborted) return;
        this.#handlers.onFailure(error);
        await pause(this.#clock, minRetryMs * (1 + Math.random()), signal);
      }
      revision = undefined;
    }
  }

  /** Resolves with the revision at which it looked. */
  async #list(recovered: boolean): Promise<bigint> {
    const { header, kvs } = await this.#client.ask(KV.method.range, { ...this.#range });
    if (this.#ending.signal.aborted) return 0n;
    this.#entries = new Map(kvs.map((entry) => [nameOf(entry), entry]));
    this.#handlers.onEntries(this.#entries.values(), recovered);
    return header?.revision ?? 0n;
  }

  /** Takes changes from a revision on. Resolves when they must be listed anew, rejects when the stream breaks. */
  async #watch(startRevision: bigint): Promise<void> {
    const stream: Stream = await this.#client.stream(Watch.method.watch);
    if (this.#ending.signal.aborted) return stream.cancel();
    this.#stream = stream;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    stream.on("data", (response: WatchResponse) => {
      if (response.canceled) resolve();
      else if (!this.#ending.signal.aborted) this.#take(response);
    });
    stream.on("error", reject);
    stream.on("end", () => reject(new Error("etcd ended the watch")));
    const value = { ...this.#range, startRevision };
    stream.write(create(WatchRequestSchema, { requestUnion: { case: "createRequest", value } }));
    try {
      await promise;
    } finally {
      this.#stream = undefined;
      stream.cancel();
    }
  }

  #take({ events }: WatchResponse): void {
    if (events.length === 0) return;
    for (const { type, kv } of events) {
      if (kv === undefined) continue;
      if (type === EventType.DELETE) this.#entries.delete(nameOf(kv));
      else this.#entries.set(nameOf(kv), kv);
    }
    this.#handlers.onEntries(this.#entries.values(), false);
  }
}

function nameOf({ key }: KeyValue): string {
  return Buffer.from(key).toString("latin1");
}
