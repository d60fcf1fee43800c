import type { DescMessage, DescMethodUnary, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Clock } from "../meta/clock.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Logger } from "../plugin/log.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import type { ActorHosting } from "./actor/actor-hosting.ts";
import type { Context } from "./context.ts";
import type { HostApp } from "./host-app.ts";
import type { LeaderHosting } from "./leader-hosting.ts";
import type { ServerCall } from "./server-call.ts";

/** What implements one RPC. It gets the request and answers with the fields of the response, at once or later. */
export type Handler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: Context,
) => MaybePromise<MessageInitShape<O>>;

/** A handler for each RPC of a service. */
export type Handlers<S extends DescService> = {
  readonly [K in keyof S["method"]]: S["method"][K] extends DescMethodUnary<infer I, infer O> ? Handler<I, O> : never;
};

/** Runs a decoded call and answers with its response, or the fields of it. */
export type Runner = (call: ServerCall) => MaybePromise<object>;

/**
 * The handlers of a service, or a function that makes them: it is called once for each app that hosts the service, so that
 * what they share belongs to that app alone.
 */
export type HandlerSource<S extends DescService> = Handlers<S> | ((app: HostApp) => Handlers<S>);

/** What a server model gets from the app that starts it. */
export interface ServerHost {
  readonly app: HostApp;
  readonly clock: Clock;
  readonly log: Logger;
  /** Undefined for an app without actors. */
  readonly actors: ActorHosting | undefined;
  /** Undefined for an app without a lease plugin. */
  readonly leaders: LeaderHosting | undefined;
}

/** What an app hosts: a service and the model that runs it. Made by `multi`, `async` and `actor`. */
export interface Server {
  readonly service: DescService;
  /**
   * How a call finds the instance that runs it: `ring`: one that reached another than the owner of its key is handed on
   * once; `actor`: the server looks where its actor is; `leader`: the server looks who leads.
   */
  readonly finds: "ring" | "actor" | "leader";
  /** Starts it for one app: what it keeps belongs to that app alone. The result gives each method its runner. */
  start(host: ServerHost): (method: MethodMeta) => Runner;
}

/** The handlers for one app. */
export function makeHandlers<S extends DescService>(source: HandlerSource<S>, app: HostApp): Handlers<S> {
  return typeof source === "function" ? source(app) : source;
}

/** Runs the handler of a method. Throws when it is missing. */
export function findHandler(handlers: object, method: MethodMeta): Runner {
  const handler: unknown = Reflect.get(handlers, method.localName);
  if (typeof handler !== "function") {
    throw new TypeError(`the handlers of ${method.service.desc.typeName} have no function "${method.localName}"`);
  }
  return (call) => {
    call.begin();
    return handler.call(handlers, call.request, call);
  };
}
