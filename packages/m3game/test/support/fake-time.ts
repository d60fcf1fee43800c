import { onTestFinished, vi } from "vitest";

/** Stops the machine's clock for the rest of the test; `pass` lets time go by, running what falls due. */
export function stopTime(): { pass(ms: number): Promise<void> } {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  return { pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)) };
}
