import { isDeepStrictEqual } from "node:util";

/** Throws when an answer is not as it should be. */
export function check(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) return;
  throw new Error(`${what} answered ${show(found)} instead of ${show(wanted)}`);
}

function show(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}
