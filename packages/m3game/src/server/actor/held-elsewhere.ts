import { M3Error } from "../../meta/error.ts";
import { reasons } from "../../meta/reasons.ts";
import type { LeaseHolder } from "../../plugin/lease.ts";

/** Another app holds the claim of an actor that was called here. */
export class HeldElsewhere extends M3Error {
  /** The id of the claim. */
  readonly claim: string;
  readonly holder: LeaseHolder;

  constructor(claim: string, holder: LeaseHolder, retryAfterMs: number | undefined) {
    super(reasons.NOT_OWNER.code, `${claim} is active on ${holder.app}`, {
      reason: "NOT_OWNER",
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    this.claim = claim;
    this.holder = holder;
  }
}

/** The error when it is of this claim: `onInit` may fail with that of an actor that it called. */
export function heldElsewhere(error: unknown, claim: string): HeldElsewhere | undefined {
  return error instanceof HeldElsewhere && error.claim === claim ? error : undefined;
}
