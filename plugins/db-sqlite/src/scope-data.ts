import type { DbScope } from "m3game";
import { checkScope } from "m3game/internal";
import type { ScopeData } from "./protocol.ts";

const maxExact = BigInt(Number.MAX_SAFE_INTEGER);

/** The scope for the worker. Throws INVALID_ARGUMENT for a fence that is none. */
export function scopeData(scope: DbScope): ScopeData {
  const { claim, fence } = checkScope(scope);
  return [claim, toData(fence.epoch), toData(fence.counter)];
}

function toData(part: bigint): number | bigint {
  return part <= maxExact ? Number(part) : part;
}
