import type { Message } from "@bufbuild/protobuf";
import type { Metadata } from "../meta/metadata.ts";
import type { MethodMeta } from "../meta/service-meta.ts";

/** A value, at once or later. */
export type MaybePromise<T> = T | Promise<T>;

/** One call as interceptors see it, on its way out (`client`) or in (`server`). */
export interface Call {
  /** `client`: this app makes the call. `server`: it serves it. */
  readonly side: "client" | "server";
  /** Full method name, `/proto.SimpleSer/HelloWorld`. */
  readonly method: string;
  /** What the proto file says of the method. */
  readonly meta: MethodMeta;
  readonly request: Message;
  readonly metadata: Metadata;
  /** On the app's monotonic clock, in milliseconds; Infinity: none. */
  readonly deadline: number;
  /** Aborted when the call is given up: cancelled, or its deadline passed. The reason is an M3Error. */
  readonly signal: AbortSignal;
  /** App id of the caller; on the server side empty for a client that is no app. */
  readonly sourceApp: string;
  /** The player a gate made the call for, empty when there is none. */
  readonly player: string;
  /** Sets metadata of a call on its way out, in place of what the key had. Throws METADATA_INVALID, and on the server side. */
  setMetadata(key: string, value: string): void;
}

/**
 * Runs around each call: before and after, instead, or again once it has failed. `next` runs the rest of the chain; its value may come
 * at once or later, so `await` it. Several run in the order given, the first outermost.
 */
export type Interceptor = (call: Call, next: () => MaybePromise<Message>) => MaybePromise<Message>;

export type Invoke<C extends Call> = (call: C) => MaybePromise<Message>;

/** The interceptors around `last`, composed once. */
export function composeInterceptors<C extends Call>(interceptors: readonly Interceptor[], last: Invoke<C>): Invoke<C> {
  return interceptors.reduceRight<Invoke<C>>(
    (next, interceptor) => (call) => interceptor(call, () => next(call)),
    last,
  );
}
