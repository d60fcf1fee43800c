import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A process and when it started: a process id alone may belong to another program by now. */
export interface ProcessId {
  readonly pid: number;
  readonly startTime: string;
}

/** The running process with this id, undefined when there is none or it is only waiting to be collected. */
export function findProcess(pid: number): ProcessId | undefined {
  if (existsSync("/proc/self/stat")) {
    // The second field is the program's name in brackets, which may hold blanks and brackets.
    const fields = readStat(pid).split(") ").at(-1)?.split(" ") ?? [];
    const [state, startTime] = [fields[0], fields[19]];
    return state === "Z" || startTime === undefined ? undefined : { pid, startTime };
  }
  try {
    const startTime = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return startTime === "" ? undefined : { pid, startTime };
  } catch {
    return undefined;
  }
}

/** Empty for a process that is gone. It may go at any moment, so that asking first whether it is there would not help. */
function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return "";
  }
}

export function isRunning(id: ProcessId): boolean {
  return findProcess(id.pid)?.startTime === id.startTime;
}

/** Ends the process: SIGTERM, and SIGKILL when it is still there after `graceMs`. Resolves when it is gone. */
export async function endProcess(id: ProcessId, graceMs = 5000): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!isRunning(id)) return;
    process.kill(id.pid, signal);
    const limit = AbortSignal.timeout(signal === "SIGTERM" ? graceMs : 5000);
    while (isRunning(id) && !limit.aborted) await delay(20);
  }
  if (isRunning(id)) throw new Error(`process ${id.pid} does not end`);
}
