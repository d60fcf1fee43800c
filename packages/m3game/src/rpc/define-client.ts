import type { DescMethodUnary, DescService, MessageShape } from "@bufbuild/protobuf";
import type { Route } from "./route.ts";

type PerMethod<S extends DescService, R> = {
  readonly [K in keyof S["method"]]?: S["method"][K] extends DescMethodUnary<infer I>
    ? (request: MessageShape<I>) => R
    : never;
};

/** What a provider ships with its service. */
export interface ClientOptions<S extends DescService> {
  /** The function that hosts the service. @default `service_option.func` */
  readonly func?: string;
  /** Where calls of a method go when the caller does not say. @default by `route_key`, else random */
  readonly route?: PerMethod<S, Route>;
  /** Runs before a request leaves; what it throws rejects the call. */
  readonly check?: PerMethod<S, void>;
}

/** A service with the routing and checks that its provider ships to callers. */
export interface ClientDefinition<S extends DescService> extends ClientOptions<S> {
  readonly service: S;
}

/** Ships routing and checks with a service: callers write `ctx.client(roleClient)` instead of `ctx.client(RoleSer)`. */
export function defineClient<S extends DescService>(service: S, options: ClientOptions<S>): ClientDefinition<S> {
  return { service, ...options };
}

/** Anything a client can be made of. */
export type ClientSource<S extends DescService> = S | ClientDefinition<S>;

export function toClientDefinition<S extends DescService>(source: ClientSource<S>): ClientDefinition<S> {
  return "service" in source ? source : { service: source };
}
