import type { CallHead, Metadata, OutboundCall } from "m3game";
import {
  addMetadata,
  checkMetadataSize,
  emptyMetadata,
  isReservedKey,
  MetaKey,
  parseRouteType,
  RouteType,
  reasonError,
  routeTypeText,
} from "m3game/internal";
import type { Metas } from "./trans-message.ts";

/** The metas that all calls of one method, route and caller to an app share. */
export function sharedMetas(call: OutboundCall, targetApp: string): Metas {
  return [
    ...[MetaKey.routeType, routeTypeText(call.routeType)],
    ...[MetaKey.sourceApp, call.sourceApp],
    ...[MetaKey.targetService, call.targetService],
    ...[MetaKey.isNotify, call.notify ? "1" : "0"],
    ...(call.routeType === RouteType.P2P ? [MetaKey.targetApp, targetApp] : []),
  ];
}

/** The metas of one call alone. */
export function ownMetas(call: OutboundCall, now: number): Metas {
  const metas: string[] = [];
  // One that is over by now is told so by the callee, which would not run it.
  if (call.deadline !== Number.POSITIVE_INFINITY) {
    metas.push(MetaKey.timeout, String(Math.max(0, Math.ceil(call.deadline - now))));
  }
  if (call.hashKey !== "") metas.push(MetaKey.hashKey, call.hashKey);
  if (call.hops > 0) metas.push(MetaKey.hops, String(call.hops));
  if (call.chain !== "") metas.push(MetaKey.chain, call.chain);
  for (const [key, value] of call.metadata) metas.push(key, value);
  return metas;
}

/** A call's head as its metas tell it. */
export interface RequestHead
  extends Pick<CallHead, "metadata" | "routeType" | "hashKey" | "targetService" | "hops" | "chain"> {
  readonly sourceApp: string;
  readonly targetApp: string;
  /** Milliseconds, Infinity without a deadline. */
  readonly timeoutMs: number;
}

/** The framework's own keys that a call's head is read from. */
const headKeys: readonly string[] = [
  MetaKey.routeType,
  MetaKey.hashKey,
  MetaKey.targetService,
  MetaKey.targetApp,
  MetaKey.sourceApp,
  MetaKey.chain,
  MetaKey.hops,
  MetaKey.timeout,
];

/** Reads the head of a call; apps of the original leave some of it out. Throws METADATA_INVALID. */
export function readHead(metas: Metas): RequestHead {
  const own = new Array<string | undefined>(headKeys.length).fill(undefined);
  const metadata = readMetas(metas, own);
  const text = (key: string) => own[headKeys.indexOf(key)] ?? "";
  return {
    metadata,
    routeType: readRouteType(text(MetaKey.routeType)),
    hashKey: text(MetaKey.hashKey),
    targetService: text(MetaKey.targetService),
    targetApp: text(MetaKey.targetApp),
    sourceApp: text(MetaKey.sourceApp),
    chain: text(MetaKey.chain),
    hops: readNumber(MetaKey.hops, text(MetaKey.hops), 0),
    timeoutMs: readNumber(MetaKey.timeout, text(MetaKey.timeout), Number.POSITIVE_INFINITY),
  };
}

/** Splits metas into the framework's own, in the order of `headKeys`, and the caller's metadata, which it returns. */
function readMetas(metas: Metas, own: (string | undefined)[]): Metadata {
  let metadata: Map<string, string> | undefined;
  for (let index = 0; index < metas.length; index += 2) {
    // gRPC's own rule, which the original goes by.
    const key = (metas[index] ?? "").toLowerCase();
    const value = metas[index + 1] ?? "";
    if (isReservedKey(key)) {
      const place = headKeys.indexOf(key);
      if (place < 0) continue;
      if (own[place] !== undefined) throw reasonError("METADATA_INVALID", `metadata key "${key}" is there twice`);
      own[place] = value;
    } else {
      metadata ??= new Map();
      addMetadata(metadata, key, value);
    }
  }
  if (metadata === undefined) return emptyMetadata;
  checkMetadataSize(metadata);
  return metadata;
}

function readRouteType(text: string): RouteType {
  if (text === "") return RouteType.RANDOM;
  const type = parseRouteType(text);
  if (type === undefined) throw reasonError("METADATA_INVALID", `${MetaKey.routeType} is "${text}", no route type`);
  return type;
}

function readNumber(key: string, text: string, missing: number): number {
  if (text === "") return missing;
  if (!/^\d{1,15}$/.test(text)) throw reasonError("METADATA_INVALID", `${key} is "${text}", no number`);
  return Number(text);
}
