/** A timer that was set. Cancelling one that ran or was cancelled does nothing. */
export interface Timer {
  /** Its task does not run any more. */
  cancel(): void;
}

/** Where time comes from. Tests inject one that they advance by hand. */
export interface Clock {
  /** Monotonic milliseconds with a fraction; only differences mean something. */
  now(): number;
  /** Runs `task` once after `delayMs`. Does not keep the process alive by itself. */
  after(delayMs: number, task: () => void): Timer;
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
