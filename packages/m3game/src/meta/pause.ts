import type { Clock } from "./clock.ts";

/** Resolves after `ms`, or at once when `signal` is aborted. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(ms, resolve);
  const end = () => resolve();
  signal.addEventListener("abort", end, { once: true });
  await promise;
  timer.cancel();
  signal.removeEventListener("abort", end);
}
