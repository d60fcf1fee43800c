import { readFile } from "node:fs/promises";

// Of Linux on all machines that Node runs on.
const usPerTick = 10_000;

/** CPU time, user and system, that another process has used so far, in microseconds. Linux only: NaN elsewhere. */
export async function readProcessCpu(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return Number.NaN;
  // The second field is a name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * usPerTick;
}
