import { z } from "zod";

const prefix = "/m3";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What stands under the key of a session or a claim: whose it is. */
const owner = z.object({ app: z.string(), incarnation: z.string(), address: z.string() });

export type Owner = z.output<typeof owner>;

/** Made once for each set of data: it goes with them. */
export const storeKey: Uint8Array = encoder.encode(`${prefix}/store`);

export function sessionKey(app: string): Uint8Array {
  return encoder.encode(`${prefix}/app/${app}`);
}

export function claimKey(id: string): Uint8Array {
  return encoder.encode(`${prefix}/claim/${id}`);
}

export function encodeOwner({ app, incarnation, address }: Owner): Uint8Array {
  return encoder.encode(JSON.stringify({ app, incarnation, address }));
}

/** What somebody else's program wrote there is nobody's of ours: an owner without names. */
export function decodeOwner(value: Uint8Array): Owner {
  const text = decoder.decode(value);
  try {
    return owner.parse(JSON.parse(text));
  } catch {
    return { app: "", incarnation: "", address: "" };
  }
}
