import { M3Error } from "../../meta/error.ts";
import { reasons } from "../../meta/reasons.ts";

/** An actor was called on an app of an older version than it has run on. */
export class RanOnNewer extends M3Error {
  /** The id of the claim. */
  readonly claim: string;
  /** That it has run on. */
  readonly version: string;

  constructor(claim: string, version: string, message: string) {
    const { code, notExecuted } = reasons.OLDER_VERSION;
    super(code, message, { reason: "OLDER_VERSION", notExecuted });
    this.claim = claim;
    this.version = version;
  }
}

/** The error when it is of this claim: `onInit` may fail with that of an actor that it called. */
export function ranOnNewer(error: unknown, claim: string): RanOnNewer | undefined {
  return error instanceof RanOnNewer && error.claim === claim ? error : undefined;
}
