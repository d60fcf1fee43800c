/** How long to wait before attempt number `attempt` to connect (1 is the first), in milliseconds: doubling, half of it random. */
export function backoffMs(attempt: number, { minMs, maxMs }: { minMs: number; maxMs: number }): number {
  const delay = Math.min(maxMs, minMs * 2 ** (attempt - 1));
  return delay * (0.5 + Math.random() / 2);
}
