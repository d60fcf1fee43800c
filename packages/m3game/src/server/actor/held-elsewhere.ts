import { M3Error } from "../../meta/error.ts";
import { reasons } from "../../meta/reasons.ts";
import type { LeaseHolder } from "../../plugin/lease.ts";

/** Another app holds the claim of an actor that was called here. */
export class HeldElsewhere extends M3Error {
  readonly holder: LeaseHolder;

  constructor(actor: string, holder: LeaseHolder, retryAfterMs: number | undefined) {
    super(reasons.NOT_OWNER.code, `${actor} is active on ${holder.app}`, {
      reason: "NOT_OWNER",
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    this.holder = holder;
  }
}
