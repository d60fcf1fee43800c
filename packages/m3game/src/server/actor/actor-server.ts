import type { DescMethodUnary, DescService, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { reasonError } from "../../meta/error.ts";
import type { MethodMeta } from "../../meta/service-meta.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";
import type { Context } from "../context.ts";
import type { Server } from "../server.ts";
import type { ServerCall } from "../server-call.ts";
import type { ActorRunner } from "./activation.ts";
import type { Actor, ActorClass } from "./actor.ts";
import type { ActorHosting } from "./actor-hosting.ts";
import type { ActorKind } from "./actor-kind.ts";
import { findAndCall } from "./find-actor.ts";

/** A handler for each RPC of a service; the first argument is the actor that the call is for. */
export type ActorHandlers<S extends DescService, A extends Actor> = {
  readonly [K in keyof S["method"]]: S["method"][K] extends DescMethodUnary<infer I, infer O>
    ? (self: A, request: MessageShape<I>, context: Context) => MaybePromise<MessageInitShape<O>>
    : never;
};

/** Which actors of a class live by themselves. */
export interface ActorOptions {
  /** Actors that live without being called: each is active on the app that owns its id. @default none */
  readonly always?: readonly string[];
}

/**
 * Hosts a service whose calls each go to one actor: the one named by the method's `route_key` field, or by the metadata
 * key of `service_option.actor_key`. Several services may share one class of actors.
 */
export function actor<S extends DescService, A extends Actor>(
  service: S,
  actorClass: ActorClass<A>,
  handlers: ActorHandlers<S, A>,
  options: ActorOptions = {},
): Server {
  return {
    service,
    finds: "actor",
    start({ actors }) {
      if (actors === undefined) throw new TypeError("an app with a server of actors starts actors");
      const kind = actors.kind(actorClass, options.always ?? []);
      return (method) => {
        const run = findActorHandler(handlers, method);
        return (call) => callActor(actors, kind, call, run);
      };
    },
  };
}

/**
 * On its way to its actor a call is never put into an object literal. Where many calls wait at first, V8 would put the later
 * literals into the old generation, and what optimized code stores in them too: all calls, until the whole heap is collected.
 */
function callActor<A extends Actor>(
  actors: ActorHosting,
  kind: ActorKind<A>,
  call: ServerCall,
  run: ActorRunner<A>,
): MaybePromise<Message> {
  const id = actorId(call);
  const activation = kind.find(id);
  // Nearly every call: the actor is here and free, and nothing has to be waited for.
  if (activation?.isFree) return activation.accept(call, run);
  return findAndCall(actors, kind, id, call, run);
}

function actorId(call: ServerCall): string {
  const { routeKey, service } = call.meta;
  const id =
    (service.actorKey !== "" ? call.metadata.get(service.actorKey) : undefined) ?? routeKey?.read(call.request) ?? "";
  if (id !== "") return id;
  const [where] = [
    routeKey && `the field ${routeKey.field}`,
    service.actorKey && `the metadata key ${service.actorKey}`,
  ].filter(Boolean);
  throw reasonError(
    "BAD_REQUEST",
    `${call.method}: no actor id: set ${where ?? "route_key in its rpc_option, or actor_key in its service_option"}`,
  );
}

function findActorHandler<A extends Actor>(handlers: object, method: MethodMeta): ActorRunner<A> {
  const handler: unknown = Reflect.get(handlers, method.localName);
  if (typeof handler !== "function") {
    throw new TypeError(`the handlers of ${method.service.desc.typeName} have no function "${method.localName}"`);
  }
  return (self, call) => handler.call(handlers, self, call.request, call);
}
