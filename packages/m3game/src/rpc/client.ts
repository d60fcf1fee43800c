import type { DescMethodUnary, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Route } from "./route.ts";

/** How one call is made. */
export interface CallOptions {
  /** Aborting rejects the call with CANCELLED and tells the callee; what it did already is not undone. */
  readonly signal?: AbortSignal;
  /**
   * The longest the call may take, retries included, in milliseconds. The deadline of the handler that makes the call
   * cuts it shorter. @default `TimeoutMs` of `[Options.Rpc]`
   */
  readonly timeoutMs?: number;
  /** Travels with the call. Keys of the framework (`m3…`, `grpc-…`) are refused. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A service as its caller sees it: a method for each RPC. */
export type Client<S extends DescService> = {
  readonly [K in keyof S["method"]]: S["method"][K] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : never;
} & {
  /** The same client with every call sent along `route`. */
  to(route: Route): Client<S>;
};
