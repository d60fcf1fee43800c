/** Error details beside a gRPC status: an encoded `proto.ErrorDetail`. */
export const errorDetailKey = "m3error-bin";

/** The hash key as UTF-8, for keys that a header can't carry; `m3routehashkey` is left out then. */
export const binaryHashKey = "m3routehashkey-bin";

// What HTTP and gRPC say about the connection and the body; no metadata of the caller.
const transportKeys: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);

/** True for headers that belong to HTTP or gRPC and are never a call's metadata. */
export function isTransportKey(key: string): boolean {
  return key.startsWith(":") || key.startsWith("grpc-") || transportKeys.has(key);
}

/** True for keys whose values are bytes in gRPC. */
export function isBinaryKey(key: string): boolean {
  return key.endsWith("-bin");
}
