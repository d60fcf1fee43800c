import { type CryptoKey, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { Code, M3Error } from "m3game";

/** Which tokens are good. */
export interface JwtAuthOptions {
  /** By what tokens are checked: the address of a JWK set, a public key, or a shared secret of at least 32 bytes. */
  readonly keys: URL | CryptoKey | Uint8Array;
  /** Who must have issued a token. */
  readonly issuer: string;
  /** For whom it must have been issued. */
  readonly audience: string;
  /** The claim that is the player's id. @default "sub" */
  readonly playerClaim?: string;
  /** How far the clocks of issuer and gate may be apart, in seconds. @default 5 */
  readonly clockToleranceSeconds?: number;
}

/** Whose token it is. */
export interface JwtPlayer {
  /** The player's id, as the token's claim has it. */
  readonly id: string;
  /** Everything that the token says. */
  readonly claims: JWTPayload;
}

/**
 * Checks the tokens of players, for `onAuth`. A token that is not good, or does not expire, is refused with UNAUTHENTICATED; keys
 * that can't be had reject with UNAVAILABLE. Throws RangeError for a secret that is too short.
 */
export function jwtAuth(options: JwtAuthOptions): (token: string) => Promise<JwtPlayer> {
  const { keys, issuer, audience, playerClaim = "sub", clockToleranceSeconds: clockTolerance = 5 } = options;
  if (keys instanceof Uint8Array && keys.length < minSecretBytes) {
    throw new RangeError(`the secret has ${keys.length} bytes; at least ${minSecretBytes} are needed`);
  }
  const verifying: JWTVerifyOptions = { issuer, audience, clockTolerance, requiredClaims: ["exp", playerClaim] };
  const check = keys instanceof URL ? checkWithSet(keys, verifying) : checkWithKey(keys, verifying);
  return async (token) => {
    const { payload } = await verify(() => check(token));
    const id = payload[playerClaim];
    if (typeof id === "string" && id !== "") return { id, claims: payload };
    throw new M3Error(Code.UNAUTHENTICATED, `the token's claim ${playerClaim} is no text`);
  };
}

const minSecretBytes = 32;

function checkWithSet(url: URL, options: JWTVerifyOptions) {
  // It keeps the keys that it has got, and asks again for one that it does not know.
  const set = createRemoteJWKSet(url);
  return (token: string) => jwtVerify(token, set, options);
}

function checkWithKey(key: CryptoKey | Uint8Array, options: JWTVerifyOptions) {
  return (token: string) => jwtVerify(token, key, options);
}

async function verify<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // What jose says may quote the token: only its kind is told.
    if (error instanceof errors.JWTExpired) throw new M3Error(Code.UNAUTHENTICATED, "the token has expired");
    if (isBadToken(error)) throw new M3Error(Code.UNAUTHENTICATED, `the token is not good: ${error.code}`);
    throw new M3Error(Code.UNAVAILABLE, "the keys for tokens can't be had", { cause: error });
  }
}

function isBadToken(error: unknown): error is errors.JOSEError {
  return (
    error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== "ERR_JOSE_GENERIC"
  );
}
