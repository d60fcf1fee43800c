import { createHmac, timingSafeEqual } from "node:crypto";

export type Role = "client" | "server";

/** Both sides of a greeting, as the proof covers them. */
export interface Greeting {
  readonly clientNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly clientApp: string;
  readonly serverApp: string;
}

/** What the side with this role sends to show that it has the secret. The role keeps a proof from being sent back. */
export function makeProof(secret: string, role: Role, greeting: Greeting): Buffer {
  const hmac = createHmac("sha256", secret);
  for (const part of [role, greeting.clientNonce, greeting.serverNonce, greeting.clientApp, greeting.serverApp]) {
    const bytes = typeof part === "string" ? Buffer.from(part, "utf8") : part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hmac.update(length).update(bytes);
  }
  return hmac.digest();
}

/** True when `proof` is what the side with this role must send. */
export function isProof(proof: Uint8Array, secret: string, role: Role, greeting: Greeting): boolean {
  const expected = makeProof(secret, role, greeting);
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}
