/**
 * Orders the owners of one claim: each new owner's is greater. Compared as a whole, epoch first. Fences of different
 * claims say nothing about each other. Both parts are from 0 to 2^63 - 1.
 */
export interface Fence {
  /** The store's epoch (`Db.enterEpoch`) when the owner's session began. Rises when the lease store may have forgotten. */
  readonly epoch: bigint;
  /** Given by the lease plugin, greater for each new owner. */
  readonly counter: bigint;
}

/** Negative when `a` is older than `b`, positive when newer, 0 when they are the same. */
export function compareFences(a: Fence, b: Fence): number {
  const [left, right] = a.epoch === b.epoch ? [a.counter, b.counter] : [a.epoch, b.epoch];
  return left < right ? -1 : left > right ? 1 : 0;
}
