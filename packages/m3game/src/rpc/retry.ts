import { Code } from "../meta/code.ts";
import type { M3Error } from "../meta/error.ts";
import type { MethodMeta } from "../meta/service-meta.ts";

const firstDelayMs = 10;
const maxDelayMs = 500;

/**
 * True when the same call may be sent again: it certainly did not run and trying again can help, or running it twice
 * does no harm and the failure is of a passing kind.
 */
export function mayRetry(method: MethodMeta, error: M3Error): boolean {
  // A breaker is there so that callers fail at once.
  const unavailable = error.code === Code.UNAVAILABLE && error.reason !== "BREAKER_OPEN";
  const passing = unavailable || error.reason === "OVERLOADED";
  if (error.notExecuted) return passing;
  return method.idempotent && (passing || error.reason === "UNKNOWN_OUTCOME");
}

/**
 * How long to wait before attempt number `attempt` (2 is the first retry), in milliseconds: doubling from 10 to 500,
 * of which a random half to whole ("equal jitter"), but never less than the callee asked for.
 */
export function retryDelayMs(attempt: number, error: M3Error, random: () => number): number {
  const delay = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 2));
  return Math.max(delay * (0.5 + random() / 2), error.retryAfterMs ?? 0);
}
