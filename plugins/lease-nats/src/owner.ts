import { z } from "zod";

const owner = z.object({
  app: z.string(),
  incarnation: z.string(),
  address: z.string(),
  /** Names the session, a random one for each: it is never opened again under the same. */
  session: z.string(),
  /** How long the session lasts without a renewal, in seconds: which bucket its sign of life is in. */
  seconds: z.int().min(1),
});

/** What stands under the key of an app or a claim: whose it is. */
export type Owner = z.output<typeof owner>;

/** Holds the random id of the bucket's data. */
export const storeKey = "store";

/** Under which an app's newest session is found. */
export function appKey(app: string): string {
  return `app.${app}`;
}

/** Ids may hold any character, keys may not. */
export function claimKey(id: string): string {
  return `claim.${Buffer.from(id).toString("base64url")}`;
}

export function encodeOwner({ app, incarnation, address, session, seconds }: Owner): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ app, incarnation, address, session, seconds }));
}

/** Undefined for what was deleted, or written by somebody else's program: nobody's. */
export function decodeOwner(value: Uint8Array | undefined): Owner | undefined {
  if (value === undefined) return undefined;
  try {
    return owner.parse(JSON.parse(new TextDecoder().decode(value)));
  } catch {
    return undefined;
  }
}
