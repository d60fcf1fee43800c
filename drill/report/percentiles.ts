import { percentile } from "@m3game/demo/client/measure";

/** `p50 12 ms, p99 80 ms, longest 95 ms`. */
export function percentiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const shares = [50, 99].map((share) => `p${share} ${percentile(sorted, share).toFixed(0)} ms`);
  return [...shares, `longest ${(sorted.at(-1) ?? 0).toFixed(0)} ms`].join(", ");
}
