import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbScope } from "../db.ts";

const maxPart = 2n ** 63n - 1n;

/** The scope itself. Throws INVALID_ARGUMENT when its fence is none. */
export function checkScope(scope: DbScope): DbScope {
  const { epoch, counter } = scope.fence;
  if (isPart(epoch) && isPart(counter)) return scope;
  throw new M3Error(Code.INVALID_ARGUMENT, `fence (${epoch}, ${counter}) is not in 0 to 2^63 - 1`);
}

function isPart(value: bigint): boolean {
  return value >= 0n && value <= maxPart;
}
