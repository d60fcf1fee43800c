import { decodeRegistryEntry, type RegistryEntry } from "m3game/internal";

const prefix = "/m3/router/";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The key of one app's entry. */
export function entryKey(service: string, app: string): Uint8Array {
  return encoder.encode(`${prefix}${service}/${app}`);
}

/** What all keys of one service begin with. */
export function serviceKey(service: string): Uint8Array {
  return encoder.encode(`${prefix}${service}/`);
}

/** The key of what is kept for a service. */
export function keptKey(service: string): Uint8Array {
  return encoder.encode(`/m3/kept/${service}`);
}

/** What all keys begin with. */
export const allKeys = encoder.encode(prefix);

/** The service whose entry is under this key. */
export function serviceOf(key: Uint8Array): string {
  return decoder.decode(key).slice(prefix.length).split("/", 1)[0] ?? "";
}

/** The entry under this key, undefined for what somebody else's program wrote there. */
export function decodeEntry(key: Uint8Array, value: Uint8Array): RegistryEntry | undefined {
  const [service, app, ...rest] = decoder.decode(key).slice(prefix.length).split("/");
  if (service === undefined || app === undefined || rest.length > 0) return undefined;
  return decodeRegistryEntry({ service, app }, value);
}
