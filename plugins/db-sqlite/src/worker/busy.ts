import { SqliteCode } from "../sqlite-code.ts";
import { sqliteCode } from "./problem.ts";

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Runs `attempt` until the file is not locked any more, for so many milliseconds at most. SQLite's own busy timeout waits
 * in steps of up to 100 ms, which starves one process while another commits all the time; this waits about one.
 */
export function whileBusy<T>(timeoutMs: number, attempt: () => T): T {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (sqliteCode(error) !== SqliteCode.busy || performance.now() >= deadline) throw error;
      Atomics.wait(sleeper, 0, 0, 0.5 + Math.random());
    }
  }
}
