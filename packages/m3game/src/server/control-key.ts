import { randomBytes, timingSafeEqual } from "node:crypto";
import { type M3Error, reasonError } from "../meta/error.ts";

/**
 * The key that an app wants to be shown by whoever calls its services for apps only. Its entry in the registry tells it,
 * which other apps read and clients do not, whatever transport they come by. Another one at each start.
 */
export class ControlKey {
  readonly value: string = randomBytes(24).toString("base64url");

  /** UNAUTHENTICATED_PEER for another key than this. */
  refusal(given: string, sourceApp: string): M3Error | undefined {
    const [own, other] = [Buffer.from(this.value), Buffer.from(given)];
    if (own.length === other.length && timingSafeEqual(own, other)) return undefined;
    return reasonError(
      "UNAUTHENTICATED_PEER",
      `${sourceApp || "a client"} asked for what apps only may ask for, without the key of this app's registry entry`,
    );
  }
}
