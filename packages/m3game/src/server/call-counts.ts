import { Code } from "../meta/code.ts";
import type { M3Error } from "../meta/error.ts";

/** Codes that speak of a fault of the app or of what it needs, and not of what its caller wants. */
const faults: ReadonlySet<Code> = new Set([
  Code.INTERNAL,
  Code.UNKNOWN,
  Code.DATA_LOSS,
  Code.UNAVAILABLE,
  Code.DEADLINE_EXCEEDED,
]);

/** How many calls of the game's services an app has served since its start. */
export class CallCounts {
  served = 0;
  /** Of these, those that ended with a fault. */
  failed = 0;
  /** How long all of them took together, in milliseconds. */
  tookMs = 0;

  add(outcome: M3Error | undefined, tookMs: number): void {
    this.served++;
    this.tookMs += tookMs;
    if (outcome !== undefined && faults.has(outcome.code)) this.failed++;
  }
}
