import type { DescService } from "@bufbuild/protobuf";
import type { Meta } from "../../gen/m3/transport_pb.js";
import { type AppId, serviceId } from "../meta/app-id.ts";
import { reasonError } from "../meta/error.ts";
import { addMetadata, checkMetadataSize, emptyMetadata, type Metadata } from "../meta/metadata.ts";
import { MetaKey, parseRouteType, RouteType } from "../meta/route-type.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import { hash, p2p, type Route, random, single } from "../rpc/route.ts";
import type { ServiceRegistry } from "../rpc/service-registry.ts";
import type { GateConfig } from "./gate-config.ts";

/** A method that clients may call. */
export interface ClientMethod {
  readonly meta: MethodMeta;
  /** The service id of the function that hosts it. */
  readonly targetService: string;
}

/** Where a call of a client goes, and what travels with it. */
export interface Destination {
  readonly route: Route;
  readonly metadata: Map<string, string>;
}

type MethodsConfig = Pick<GateConfig, "ForwardMetas" | "TrustClientRoute">;

/** The methods that the clients of a gate may call, and the rules by which their calls find their way. */
export class ClientMethods {
  readonly #methods = new Map<string, ClientMethod>();
  readonly #config: MethodsConfig;

  /** Throws PROTO_INVALID for a service that clients could misuse, CONFIG_INVALID for a config that lets them. */
  constructor(services: readonly DescService[], registry: ServiceRegistry, app: AppId, config: MethodsConfig) {
    this.#config = config;
    for (const service of services) {
      const { func, actorKey, methods } = registry.get(service);
      if (func === "") {
        throw reasonError(
          "PROTO_INVALID",
          `clients can't call ${service.typeName}: nothing says which function hosts it; write option (service_option) = { func: "…" }`,
        );
      }
      if (config.ForwardMetas.includes(actorKey)) {
        throw reasonError(
          "CONFIG_INVALID",
          `ForwardMetas lists ${actorKey}, by which ${service.typeName} finds its actors: clients could act for each other; remove it`,
        );
      }
      const targetService = serviceId(app.env, app.world, func);
      for (const meta of methods) {
        if (!meta.clientCallable) continue;
        if (meta.routeKey !== undefined && actorKey === "" && !config.TrustClientRoute) {
          throw reasonError(
            "PROTO_INVALID",
            `clients can't call ${meta.fullName} safely: its actor is the one that the request names in ${meta.routeKey.field}; write actor_key in the service_option of ${service.typeName}, so that it is the player's own`,
          );
        }
        this.#methods.set(meta.fullName, { meta, targetService });
      }
    }
  }

  /** Throws NOT_CLIENT_CALLABLE. */
  find(name: string): ClientMethod {
    const method = this.#methods.get(name);
    if (method !== undefined) return method;
    throw reasonError(
      "NOT_CLIENT_CALLABLE",
      `clients of this gate have no method ${name}: it needs cs: true, and its service a place in sessions({ services })`,
    );
  }

  /** The metas of a client with their keys in lower case. Throws METADATA_INVALID. */
  metas(metas: readonly Meta[]): Metadata {
    if (metas.length === 0) return emptyMetadata;
    const metadata = new Map<string, string>();
    for (const { key, value } of metas) addMetadata(metadata, key.toLowerCase(), value);
    checkMetadataSize(metadata);
    return metadata;
  }

  /** Throws ROUTE_INVALID and ID_INVALID for a route of a trusted client that makes no sense. */
  destination({ meta }: ClientMethod, playerId: string, metas: Metadata): Destination {
    const { ForwardMetas, TrustClientRoute } = this.#config;
    const { actorKey } = meta.service;
    const metadata = new Map<string, string>();
    for (const key of ForwardMetas) {
      const value = metas.get(key);
      if (value !== undefined) metadata.set(key, value);
    }
    let actor = playerId;
    if (TrustClientRoute) actor = metas.get(actorKey) ?? playerId;
    if (actorKey !== "") metadata.set(actorKey, actor);
    const isKeyed = meta.routeKey !== undefined || actorKey !== "";
    const own = isKeyed ? hash(actor) : random();
    return { route: TrustClientRoute ? (trustedRoute(metas, actor) ?? own) : own, metadata };
  }
}

function trustedRoute(metas: Metadata, actor: string): Route | undefined {
  const text = metas.get(MetaKey.routeType);
  if (text === undefined) return undefined;
  switch (parseRouteType(text)) {
    case RouteType.P2P:
      return p2p(metas.get(MetaKey.targetApp) ?? "");
    case RouteType.RANDOM:
      return random();
    case RouteType.HASH:
      return hash(metas.get(MetaKey.hashKey) ?? actor);
    case RouteType.SINGLE:
      return single();
    default:
      throw reasonError("ROUTE_INVALID", `a client's call can't be routed by ${text}`);
  }
}
