import { setTimeout } from "node:timers/promises";
import type { CommandIo } from "../command.ts";

/** Once at once, then after each interval, until a signal ends it. */
export async function* looks({ signals }: CommandIo, intervalMs: number): AsyncGenerator<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"]) signals.on(signal, onSignal);
  try {
    while (!stop.signal.aborted) {
      yield;
      await setTimeout(intervalMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"]) signals.off(signal, onSignal);
  }
}
