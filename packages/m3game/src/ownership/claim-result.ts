import type { LeaseHolder } from "../plugin/lease.ts";
import type { Claim } from "./claim.ts";

/** What came of asking for a claim. */
export type ClaimResult =
  | { readonly status: "acquired"; readonly claim: Claim }
  /** `retryAfterMs`: when the holder does not answer, its session has ended by then. */
  | { readonly status: "taken"; readonly holder: LeaseHolder; readonly retryAfterMs: number };
