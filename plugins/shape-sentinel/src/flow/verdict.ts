/** A limit is reached. */
export interface Refusal {
  readonly kind: "refused";
  /** When there is room again, in milliseconds; undefined when waiting does not help. */
  readonly retryAfterMs: number | undefined;
}

/** A place in a queue, taken already. */
export interface QueuePlace {
  readonly kind: "queued";
  readonly waitMs: number;
  /** The call does not want its turn any more. The place is free again unless somebody stands behind it. */
  leave(): void;
}

/** Undefined: the call passes at once. */
export type Verdict = Refusal | QueuePlace | undefined;

export function refusal(retryAfterMs?: number): Refusal {
  return { kind: "refused", retryAfterMs };
}

/** What decides about the calls of one method, or of one caller or player of it. */
export interface Limit {
  /** Asks for `calls` at once. What passes is counted by whoever asks, once all rules let it pass. */
  check(now: number, calls: number): Verdict;
}

/** How many calls may pass in an interval. */
export interface Allowance {
  at(now: number): number;
}
