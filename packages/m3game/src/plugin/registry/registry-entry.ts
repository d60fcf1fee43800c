import { z } from "zod";
import type { Instance } from "../router.ts";

const value = z.object({
  host: z.string(),
  port: z.number(),
  meta: z.record(z.string(), z.string()),
  /** Random: tells the processes of one app id apart. */
  incarnation: z.string(),
});

/** One entry of a registry that keeps values under keys. */
export interface RegistryEntry {
  readonly instance: Instance;
  readonly incarnation: string;
}

/** An entry's value; app and service are in its key. */
export function encodeRegistryEntry({ host, port, meta }: Instance, incarnation: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ host, port, meta, incarnation }));
}

/** The entry of this app, undefined when somebody else's program wrote the value. */
export function decodeRegistryEntry(
  { service, app }: Pick<Instance, "service" | "app">,
  bytes: Uint8Array,
): RegistryEntry | undefined {
  try {
    const { incarnation, ...where } = value.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return { instance: { app, service, ...where }, incarnation };
  } catch {
    return undefined;
  }
}
