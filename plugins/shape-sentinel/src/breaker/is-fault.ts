import { Code, isM3Error } from "m3game";

const faultCodes: ReadonlySet<Code> = new Set([
  Code.UNKNOWN,
  Code.DEADLINE_EXCEEDED,
  Code.RESOURCE_EXHAUSTED,
  Code.UNIMPLEMENTED,
  Code.INTERNAL,
  Code.UNAVAILABLE,
  Code.DATA_LOSS,
]);

// The call goes to another app now: this one did nothing wrong.
const elsewhere: ReadonlySet<string> = new Set(["NOT_OWNER", "NOT_LEADER"]);

/** True when a call failed by the fault of whoever served it; false for one that its caller got wrong or gave up. */
export function isFault(error: unknown): boolean {
  if (error === undefined) return false;
  return !isM3Error(error) || (faultCodes.has(error.code) && !elsewhere.has(error.reason));
}
