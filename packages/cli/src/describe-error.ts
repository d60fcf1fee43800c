import { isM3Error } from "m3game";
import { UsageError } from "./command.ts";

/** An error for a reader of the command line: its message alone, with the stack when `debug`. */
export function describeError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (debug) return withCauses(error);
  // Messages of ours say it all; another error is named, as its message may say little.
  const isOurs = isM3Error(error) || error instanceof UsageError;
  return isOurs || error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${withCauses(error.cause)}` : own;
}
