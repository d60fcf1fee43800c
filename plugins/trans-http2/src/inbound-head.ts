import type { Metadata as GrpcMetadata } from "@grpc/grpc-js";
import type { CallHead, InboundCall, Metadata } from "m3game";
import { addMetadata, checkMetadataSize, MetaKey, parseRouteType, RouteType, reasonError } from "m3game/internal";
import { binaryHashKey, isBinaryKey, isTransportKey } from "./metadata-keys.ts";

type InboundHead = Omit<CallHead, "method" | "deadline"> & Pick<InboundCall, "sourceApp" | "targetApp">;

/**
 * Reads a call's head from its request headers. A plain gRPC client sends none of the framework's keys: its call is routed
 * at random, to nobody in particular. Throws METADATA_INVALID.
 */
export function readInboundHead(headers: GrpcMetadata): InboundHead {
  return {
    metadata: readMetadata(headers),
    routeType: readRouteType(text(headers, MetaKey.routeType)),
    hashKey: readHashKey(headers),
    targetService: text(headers, MetaKey.targetService),
    chain: text(headers, MetaKey.chain),
    hops: readHops(text(headers, MetaKey.hops)),
    notify: readNotify(text(headers, MetaKey.isNotify)),
    sourceApp: text(headers, MetaKey.sourceApp),
    targetApp: text(headers, MetaKey.targetApp),
  };
}

function readMetadata(headers: GrpcMetadata): Metadata {
  const metadata = new Map<string, string>();
  for (const key of Object.keys(headers.toJSON())) {
    if (key.startsWith("m3") || isTransportKey(key) || isBinaryKey(key)) continue;
    for (const value of headers.get(key)) addMetadata(metadata, key, String(value));
  }
  checkMetadataSize(metadata);
  return metadata;
}

function text(headers: GrpcMetadata, key: string): string {
  const values = headers.get(key);
  if (values.length > 1) throw reasonError("METADATA_INVALID", `metadata key "${key}" is there twice`);
  return String(values[0] ?? "");
}

function readRouteType(value: string): RouteType {
  if (value === "") return RouteType.RANDOM;
  const type = parseRouteType(value);
  if (type === undefined) throw reasonError("METADATA_INVALID", `${MetaKey.routeType} is "${value}", no route type`);
  return type;
}

function readHashKey(headers: GrpcMetadata): string {
  const [bytes] = headers.get(binaryHashKey);
  return Buffer.isBuffer(bytes) ? bytes.toString() : text(headers, MetaKey.hashKey);
}

function readHops(value: string): number {
  if (value === "") return 0;
  if (!/^\d{1,3}$/.test(value)) throw reasonError("METADATA_INVALID", `${MetaKey.hops} is "${value}", no small number`);
  return Number(value);
}

function readNotify(value: string): boolean {
  if (value !== "" && value !== "0" && value !== "1") {
    throw reasonError("METADATA_INVALID", `${MetaKey.isNotify} is "${value}"; allowed are 0 and 1`);
  }
  return value === "1";
}
