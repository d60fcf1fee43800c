import type { Clock } from "m3game";

/** Resolves after `ms`, or at once when `signal` aborts. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(ms, resolve);
  const end = () => resolve();
  signal.addEventListener("abort", end);
  await promise;
  timer.cancel();
  signal.removeEventListener("abort", end);
}
