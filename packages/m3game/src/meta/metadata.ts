import { reasonError } from "./error.ts";

/** Text that travels with a call. Keys are lower case; each key has one value. */
export type Metadata = ReadonlyMap<string, string>;

/** No metadata at all. */
export const emptyMetadata: Metadata = new Map();

/** The most that keys and values of one call may take together, in bytes: what HTTP/2 servers commonly allow. */
export const maxMetadataBytes = 8192;

const keyPattern = /^[a-z0-9_.-]{1,128}$/;
const valuePattern = /^[\x20-\x7e]*$/;

/**
 * Checks metadata as given by a caller and lower-cases its keys. Throws METADATA_INVALID naming the key.
 * Keys of the framework and of gRPC (`m3…`, `grpc-…`) can't be set by hand.
 */
export function checkMetadata(entries: Iterable<readonly [string, string]>): Metadata {
  const metadata = new Map<string, string>();
  for (const [name, value] of entries) {
    const key = name.toLowerCase();
    if (isReservedKey(key)) {
      throw reasonError("METADATA_INVALID", `metadata key "${key}" belongs to the framework; choose another`);
    }
    addMetadata(metadata, key, value);
  }
  checkMetadataSize(metadata);
  return metadata;
}

/** Adds one pair as it came over the wire. Throws METADATA_INVALID for a malformed or repeated key. */
export function addMetadata(metadata: Map<string, string>, key: string, value: string): void {
  if (!keyPattern.test(key)) {
    throw reasonError("METADATA_INVALID", `metadata key ${JSON.stringify(key)} is not 1 to 128 of a-z 0-9 _ . -`);
  }
  if (!valuePattern.test(value)) {
    throw reasonError("METADATA_INVALID", `the value of metadata key "${key}" is not printable ASCII`);
  }
  if (metadata.has(key)) throw reasonError("METADATA_INVALID", `metadata key "${key}" is there twice`);
  metadata.set(key, value);
}

/** Throws METADATA_INVALID when keys and values together exceed `maxMetadataBytes`. */
export function checkMetadataSize(metadata: Metadata): void {
  let bytes = 0;
  for (const [key, value] of metadata) bytes += key.length + value.length;
  if (bytes > maxMetadataBytes) {
    throw reasonError("METADATA_INVALID", `metadata takes ${bytes} bytes; at most ${maxMetadataBytes} are allowed`);
  }
}

/** True for keys that only the framework sets. */
export function isReservedKey(key: string): boolean {
  return key.startsWith("m3") || key.startsWith("grpc-");
}
