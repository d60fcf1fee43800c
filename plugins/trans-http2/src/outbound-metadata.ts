import { Metadata } from "@grpc/grpc-js";
import type { OutboundCall } from "m3game";
import { MetaKey, RouteType, reasonError, routeTypeText } from "m3game/internal";
import { binaryHashKey, isBinaryKey, isTransportKey } from "./metadata-keys.ts";

// Node's HTTP/2 resets a request with more than 128 headers; gRPC and the framework's own keys need some.
const maxKeys = 96;

const headerValue = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/;

/** A call's head as request headers. Throws METADATA_INVALID for metadata that HTTP/2 can't carry. */
export function outboundMetadata(call: OutboundCall, targetApp: string): Metadata {
  const headers = new Metadata();
  headers.set(MetaKey.routeType, routeTypeText(call.routeType));
  headers.set(MetaKey.sourceApp, call.sourceApp);
  headers.set(MetaKey.targetService, call.targetService);
  headers.set(MetaKey.isNotify, call.notify ? "1" : "0");
  if (call.routeType === RouteType.P2P) headers.set(MetaKey.targetApp, targetApp);
  if (call.chain !== "") headers.set(MetaKey.chain, call.chain);
  if (call.hops > 0) headers.set(MetaKey.hops, String(call.hops));
  if (call.hashKey !== "") {
    if (headerValue.test(call.hashKey)) headers.set(MetaKey.hashKey, call.hashKey);
    else headers.set(binaryHashKey, Buffer.from(call.hashKey));
  }
  if (call.metadata.size > maxKeys) {
    throw reasonError("METADATA_INVALID", `${call.metadata.size} metadata keys; gRPC carries at most ${maxKeys}`);
  }
  for (const [key, value] of call.metadata) {
    checkCarriable(key, value);
    headers.set(key, value);
  }
  return headers;
}

function checkCarriable(key: string, value: string): void {
  if (isTransportKey(key)) {
    throw reasonError("METADATA_INVALID", `metadata key "${key}" is a header of HTTP itself; choose another`);
  }
  if (isBinaryKey(key)) {
    throw reasonError(
      "METADATA_INVALID",
      `metadata key "${key}": gRPC takes keys ending in -bin as bytes; choose another`,
    );
  }
  if (!headerValue.test(value)) {
    throw reasonError(
      "METADATA_INVALID",
      `the value of metadata key "${key}" is no printable ASCII, or starts or ends with a blank, which HTTP/2 drops`,
    );
  }
}
