import type { Instance } from "m3game";
import { z } from "zod";

const prefix = "/m3/router/";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const value = z.object({
  host: z.string(),
  port: z.number(),
  meta: z.record(z.string(), z.string()),
  /** Random: tells the processes of one app id apart. */
  incarnation: z.string(),
});

/** One entry of the registry. */
export interface Entry {
  readonly instance: Instance;
  readonly incarnation: string;
}

/** The key of one app's entry. */
export function entryKey(service: string, app: string): Uint8Array {
  return encoder.encode(`${prefix}${service}/${app}`);
}

/** What all keys of one service begin with. */
export function serviceKey(service: string): Uint8Array {
  return encoder.encode(`${prefix}${service}/`);
}

export function encodeEntry({ host, port, meta }: Instance, incarnation: string): Uint8Array {
  return encoder.encode(JSON.stringify({ host, port, meta, incarnation }));
}

/** The entry under this key, undefined for what somebody else's program wrote there. */
export function decodeEntry(key: Uint8Array, bytes: Uint8Array): Entry | undefined {
  const [service, app, ...rest] = decoder.decode(key).slice(prefix.length).split("/");
  if (service === undefined || app === undefined || rest.length > 0) return undefined;
  try {
    const { incarnation, ...where } = value.parse(JSON.parse(decoder.decode(bytes)));
    return { instance: { app, service, ...where }, incarnation };
  } catch {
    return undefined;
  }
}
