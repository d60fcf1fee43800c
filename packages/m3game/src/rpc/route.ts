import { parseAppId } from "../meta/app-id.ts";
import { reasonError } from "../meta/error.ts";

/** Where a call goes. Made by `p2p`, `random`, `hash`, `single`, `broadcast` and `multicast`. */
export type Route =
  | { readonly kind: "p2p"; readonly app: string; readonly service: string }
  | { readonly kind: "random"; readonly world: string | undefined }
  | { readonly kind: "hash"; readonly key: string; readonly world: string | undefined }
  | { readonly kind: "single"; readonly world: string | undefined }
  | { readonly kind: "broadcast"; readonly world: string | undefined }
  | { readonly kind: "multicast"; readonly topic: string; readonly world: string | undefined };

/** In which world a call looks for its target. */
export interface RouteOptions {
  /** Another world of the same env. @default the caller's own world */
  readonly world?: string;
}

/** To one app, by its id `env.world.func.ins`. Throws ID_INVALID. */
export function p2p(app: string): Route {
  return { kind: "p2p", app, service: parseAppId(app).service };
}

/** To any instance that can be reached. */
export function random(options: RouteOptions = {}): Route {
  return { kind: "random", world: options.world };
}

/** To the instance that a consistent hash gives the key; integers count as their decimal text. */
export function hash(key: string | number | bigint, options: RouteOptions = {}): Route {
  const text = String(key);
  if (text === "") throw reasonError("ROUTE_INVALID", "a hash route needs a key that is not empty");
  return { kind: "hash", key: text, world: options.world };
}

/** To one instance for all callers: the leader where the service is made by `ledBy`, else the one with the smallest app id. */
export function single(options: RouteOptions = {}): Route {
  return { kind: "single", world: options.world };
}

/** One way to every instance of the service's function, the caller's own app included if it is one. */
export function broadcast(options: RouteOptions = {}): Route {
  return { kind: "broadcast", world: options.world };
}

/** One way to every app that subscribed to the topic and hosts the service. */
export function multicast(topic: string, options: RouteOptions = {}): Route {
  checkTopic(topic);
  return { kind: "multicast", topic, world: options.world };
}

/** Throws ROUTE_INVALID unless the topic can stand in a broker's subject. */
export function checkTopic(topic: string): void {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(topic)) {
    throw reasonError("ROUTE_INVALID", `topic "${topic}": write 1 to 128 of A-Z a-z 0-9 _ and -`);
  }
}
