import type { LoggedCall } from "../load/call-log.ts";

/** How often which call failed with what, a line each, the most frequent first. */
export function describeFailures(calls: readonly LoggedCall[]): readonly string[] {
  const kinds = new Map<string, number>();
  for (const { method, failure } of calls) {
    if (failure === undefined) continue;
    // What differs from role to role.
    const kind = `${method} failed: ${failure.replaceAll(/\d+/g, "N")}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].toSorted(([, a], [, b]) => b - a).map(([kind, count]) => `${count} × ${kind}`);
}
