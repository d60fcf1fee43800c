/**
 * Orders the owners of one claim: each new owner's is greater. Compared as a whole, epoch first. Fences of different
 * claims say nothing about each other.
 */
export interface Fence {
  /** Rises when the lease store has forgotten what it gave out. */
  readonly epoch: bigint;
  readonly counter: bigint;
}

/** Negative when `a` is older than `b`, positive when newer, 0 when they are the same. */
export function compareFences(a: Fence, b: Fence): number {
  const [left, right] = a.epoch === b.epoch ? [a.counter, b.counter] : [a.epoch, b.epoch];
  return left < right ? -1 : left > right ? 1 : 0;
}
