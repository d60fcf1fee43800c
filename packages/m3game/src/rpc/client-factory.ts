import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type DescService,
  isMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { AppId } from "../meta/app-id.ts";
import { serviceId } from "../meta/app-id.ts";
import { reasonError } from "../meta/error.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { CallOptions, Client } from "./client.ts";
import { ClientCall, type ClientRuntime, callMetadata, type ParentCall } from "./client-call.ts";
import { type ClientDefinition, type ClientSource, toClientDefinition } from "./define-client.ts";
import { composeInterceptors, type Interceptor, type Invoke } from "./interceptor.ts";
import { hash, type Route, random } from "./route.ts";
import type { ServiceRegistry } from "./service-registry.ts";

export interface ClientFactoryOptions {
  readonly app: AppId;
  readonly runtime: ClientRuntime;
  readonly registry: ServiceRegistry;
  readonly interceptors: readonly Interceptor[];
  readonly defaultTimeoutMs: number;
}

type BoundClient = new (parent: ParentCall | undefined, route: Route | undefined) => object;

const defaultRoute = random();

/** Makes the clients of one app: a class for each service, once, and a light instance for each use. */
export class ClientFactory {
  readonly #options: ClientFactoryOptions;
  /** By what was handed in: a definition that was made for one use goes with its class. */
  readonly #classes = new WeakMap<object, BoundClient>();
  /** Of definitions that say no more than the function, which may be made for each use: by service and function. */
  readonly #plainClasses = new Map<DescService, Map<string, BoundClient>>();
  readonly #invoke: Invoke<ClientCall>;

  constructor(options: ClientFactoryOptions) {
    this.#options = options;
    this.#invoke = composeInterceptors<ClientCall>(options.interceptors, (call) => call.run());
  }

  /** A client whose calls belong to `parent`. Throws PROTO_INVALID and ROUTE_INVALID for a service it can't call. */
  client<S extends DescService>(source: ClientSource<S>, parent?: ParentCall): Client<S> {
    const bound = this.#classes.get(source) ?? this.#classOf(source);
    // The class was made from the descriptor of S, one method for each of its RPCs.
    return new bound(parent, undefined) as Client<S>;
  }

  /** One call, named by its method. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<MessageShape<O>> {
    // The client was made from the same descriptor: one method for each RPC.
    const client = this.client(method.parent);
    return Reflect.apply(Reflect.get(client, method.localName), client, [request, options]);
  }

  #classOf(source: ClientSource<DescService>): BoundClient {
    const definition = toClientDefinition(source);
    const { service, func, route, check } = definition;
    if (func === undefined || route !== undefined || check !== undefined) {
      const made = this.#makeClass(definition);
      this.#classes.set(source, made);
      return made;
    }
    let classes = this.#plainClasses.get(service);
    if (classes === undefined) {
      classes = new Map();
      this.#plainClasses.set(service, classes);
    }
    let bound = classes.get(func);
    if (bound === undefined) {
      bound = this.#makeClass(definition);
      classes.set(func, bound);
    }
    return bound;
  }

  #makeClass(definition: ClientDefinition<DescService>): BoundClient {
    const factory = this;
    const service = this.#options.registry.get(definition.service);
    const func = definition.func ?? service.func;
    if (func === "") {
      throw reasonError(
        "ROUTE_INVALID",
        `nothing says which function hosts ${service.desc.typeName}: write option (service_option) = { func: "…" } in its proto file, or pass func to defineClient`,
      );
    }
    const { app } = this.#options;
    const home = serviceId(app.env, app.world, func);
    // Private fields and a static method: a service may have methods of any name but "to".
    class BoundServiceClient {
      readonly #parent: ParentCall | undefined;
      readonly #route: Route | undefined;
      constructor(parent: ParentCall | undefined, route: Route | undefined) {
        this.#parent = parent;
        this.#route = route;
      }
      static call(client: BoundServiceClient, plan: CallPlan, init: Init, options?: CallOptions): Promise<Message> {
        return factory.#call(plan, init, client.#route, options, client.#parent);
      }
      to(route: Route): BoundServiceClient {
        return new BoundServiceClient(this.#parent, route);
      }
    }
    for (const meta of service.methods) {
      const check = Reflect.get(definition.check ?? {}, meta.localName);
      const choose = Reflect.get(definition.route ?? {}, meta.localName);
      const plan: CallPlan = { meta, func, home, check, choose };
      Object.defineProperty(BoundServiceClient.prototype, meta.localName, {
        value(this: BoundServiceClient, init: Init, options?: CallOptions) {
          return BoundServiceClient.call(this, plan, init, options);
        },
      });
    }
    return BoundServiceClient;
  }

  // Not async: a wrapper promise around each call's own would cost a tenth of the whole client path.
  #call(
    plan: CallPlan,
    init: Init,
    route: Route | undefined,
    options: CallOptions | undefined,
    parent: ParentCall | undefined,
  ): Promise<Message> {
    const response = this.#start(plan, init, route, options, parent);
    // A handler need not wait for its calls: one that fails meanwhile must not end the process.
    if (parent !== undefined) response.catch((error) => parent.childFailed(plan.meta.fullName, error));
    return response;
  }

  #start(
    plan: CallPlan,
    init: Init,
    route: Route | undefined,
    options: CallOptions | undefined,
    parent: ParentCall | undefined,
  ): Promise<Message> {
    try {
      const call = this.#prepare(plan, init, route, options, parent);
      const response = this.#invoke(call);
      call.isNew = false;
      return response instanceof Promise ? response : Promise.resolve(response);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #prepare(
    plan: CallPlan,
    init: Init,
    route: Route | undefined,
    options: CallOptions | undefined,
    parent: ParentCall | undefined,
  ): ClientCall {
    const { meta } = plan;
    const request = toMessage(meta, init);
    plan.check?.(request);
    const chosen = route ?? plan.choose?.(request) ?? routeByKey(meta, request);
    const { runtime, defaultTimeoutMs } = this.#options;
    const timeoutMs = options?.timeoutMs ?? defaultTimeoutMs;
    if (!(timeoutMs >= 0)) {
      throw reasonError("BAD_REQUEST", `timeoutMs is ${timeoutMs}: give ${meta.fullName} milliseconds, 0 or more`);
    }
    const madeAt = runtime.clock.now();
    const deadline = madeAt + timeoutMs;
    return new ClientCall(runtime, {
      meta,
      request,
      route: chosen,
      targetService: this.#targetService(plan, chosen),
      madeAt,
      deadline: parent === undefined ? deadline : Math.min(deadline, parent.deadline),
      metadata: callMetadata(options?.metadata, parent?.baggage),
      signal: options?.signal,
      parent,
    });
  }

  #targetService({ func, home }: CallPlan, route: Route): string {
    if (route.kind === "p2p") return route.service;
    return route.world === undefined ? home : serviceId(this.#options.app.env, route.world, func);
  }
}

type Init = MessageInitShape<DescMessage>;

interface CallPlan {
  readonly meta: MethodMeta;
  readonly func: string;
  /** The service id in this app's own world: made once, looked up for nearly every call. */
  readonly home: string;
  readonly check: ((request: Message) => void) | undefined;
  readonly choose: ((request: Message) => Route) | undefined;
}

function toMessage(meta: MethodMeta, init: Init): Message {
  if (isMessage(init, meta.input)) return init;
  try {
    return create(meta.input, init);
  } catch (cause) {
    throw reasonError("BAD_REQUEST", `the request of ${meta.fullName} is no ${meta.input.typeName}: ${cause}`, {
      cause,
    });
  }
}

function routeByKey(meta: MethodMeta, request: Message): Route {
  if (meta.routeKey === undefined) return defaultRoute;
  const key = meta.routeKey.read(request);
  if (key === "") {
    throw reasonError(
      "ROUTE_INVALID",
      `${meta.fullName} is routed by the field ${meta.routeKey.field}, which is empty: set it, or choose a route with .to(…)`,
    );
  }
  return hash(key);
}
