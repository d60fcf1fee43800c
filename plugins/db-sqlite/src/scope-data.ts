import { Code, type DbScope, M3Error } from "m3game";
import type { ScopeData } from "./protocol.ts";

const maxPart = 2n ** 63n - 1n;
const maxExact = BigInt(Number.MAX_SAFE_INTEGER);

/** The scope for the worker. Throws INVALID_ARGUMENT for a fence that is none. */
export function scopeData({ claim, fence: { epoch, counter } }: DbScope): ScopeData {
  if (isPart(epoch) && isPart(counter)) return [claim, toData(epoch), toData(counter)];
  throw new M3Error(Code.INVALID_ARGUMENT, `fence (${epoch}, ${counter}) is not in 0 to 2^63 - 1`);
}

function isPart(value: bigint): boolean {
  return value >= 0n && value <= maxPart;
}

function toData(part: bigint): number | bigint {
  return part <= maxExact ? Number(part) : part;
}
