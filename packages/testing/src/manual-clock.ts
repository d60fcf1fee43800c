import type { Clock } from "m3game";

/** A clock that stands still until a test advances it. */
export interface ManualClock extends Clock {
  /** Lets time pass: runs every task that falls due, in order, each at its own time. */
  advance(ms: number): void;
  /** How many tasks are still to run. */
  readonly pending: number;
}

/** Makes a clock that starts at 0. */
export function createManualClock(): ManualClock {
  let now = 0;
  const tasks = new Set<{ readonly due: number; run(): void }>();
  return {
    now: () => now,
    after(delayMs, run) {
      const task = { due: now + delayMs, run };
      tasks.add(task);
      return { cancel: () => void tasks.delete(task) };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        // A stable sort: tasks due at the same time run in the order in which they were set.
        const [next] = [...tasks].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
        if (next === undefined) break;
        tasks.delete(next);
        now = next.due;
        next.run();
      }
      now = end;
    },
    get pending() {
      return tasks.size;
    },
  };
}
