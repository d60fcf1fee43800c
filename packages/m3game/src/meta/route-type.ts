/** How a call was routed, with the text it has in the metadata key `m3routetype` and its number on trans_tcp. */
export const RouteType = {
  P2P: 1,
  RANDOM: 2,
  HASH: 3,
  BROADCAST: 4,
  SINGLE: 5,
  MULTICAST: 6,
} as const;

/** The number of a route type. */
export type RouteType = (typeof RouteType)[keyof typeof RouteType];

const texts = {
  [RouteType.P2P]: "RouteTypeP2P",
  [RouteType.RANDOM]: "RouteTypeRandom",
  [RouteType.HASH]: "RouteTypeHash",
  [RouteType.BROADCAST]: "RouteTypeBroad",
  [RouteType.SINGLE]: "RouteTypeSingle",
  [RouteType.MULTICAST]: "RouteTypeMulti",
} as const satisfies Record<RouteType, string>;

const byText = new Map<string, RouteType>(Object.values(RouteType).map((type) => [texts[type], type] as const));

// A plain array: this is looked at for each call that comes in.
const byNumber: readonly (RouteType | undefined)[] = [undefined, ...Object.values(RouteType)];

/** The value of `m3routetype`. */
export function routeTypeText(type: RouteType): string {
  return texts[type];
}

/** The route type with this text in `m3routetype`, undefined when there is none. */
export function parseRouteType(text: string): RouteType | undefined {
  return byText.get(text);
}

/** The route type with this number, undefined when there is none. */
export function toRouteType(value: number): RouteType | undefined {
  return byNumber[value];
}

/** The framework's own metadata keys (wire contract). */
export const MetaKey = {
  routeType: "m3routetype",
  sourceApp: "m3routesrcapp",
  targetService: "m3routedstsvc",
  targetApp: "m3routedstapp",
  hashKey: "m3routehashkey",
  isNotify: "m3routeisnty",
  gateMessage: "m3gatemsg",
  /** Instance version in the registry, seconds since the epoch at start. */
  appVersion: "m3appver",
  /** In the registry: which version of the game the app is. */
  gameVersion: "m3version",
  /** In the registry: which calls of the service go to which version, see `CanaryRule`. */
  canaryRule: "m3canary",
  /** In the registry: the digest of the app's protos, see `protoDigest`. */
  protoDigest: "m3protos",
  /** How much time the caller leaves, in whole milliseconds, where the transport has no field for it. */
  timeout: "m3timeout",
  /** In the registry: the key that other apps show when they call services for apps only. */
  controlKey: "m3control",
  /** How often the call was forwarded already. */
  hops: "m3hops",
  /** The actors whose turns wait for the call. */
  chain: "m3chain",
} as const;

/**
 * The metadata key that a tester sets: calls with the value that a canary rule names go to the version of the rule. It travels on with
 * all calls that are made on behalf of a call.
 */
export const canaryKey = "canary";

/** The longest value of it, in characters. */
export const maxCanaryLength = 64;

/** With a call to a service for apps only: the key. Plain metadata, which every transport carries. */
export const shownKey = "app-key";
