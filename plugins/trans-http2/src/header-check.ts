import { M3Error } from "m3game";
import { addMetadata } from "m3game/internal";
import { isBinaryKey, isTransportKey } from "./metadata-keys.ts";

/**
 * METADATA_INVALID for headers, given as name, value, name, value and so on, of which one is there twice or not printable
 * ASCII; undefined when they are fine. Headers of HTTP and gRPC themselves, and binary ones, are left to grpc-js.
 */
export function checkHeaders(pairs: readonly string[]): M3Error | undefined {
  const seen = new Map<string, string>();
  try {
    for (let index = 0; index < pairs.length; index += 2) {
      const key = pairs[index] ?? "";
      if (!isTransportKey(key) && !isBinaryKey(key)) addMetadata(seen, key, pairs[index + 1] ?? "");
    }
  } catch (error) {
    return M3Error.from(error);
  }
  return undefined;
}
