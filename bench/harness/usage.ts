/** CPU time a process has used so far (user and system), and when that was read on its own monotonic clock. */
export interface CpuUsage {
  readonly cpuUs: number;
  readonly atMs: number;
}

export function readCpuUsage(): CpuUsage {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return { cpuUs: userCPUTime + systemCPUTime, atMs: performance.now() };
}

/** Microseconds of CPU per second of wall clock between two readings of one process. */
export function cpuRate(from: CpuUsage, to: CpuUsage): number {
  return (to.cpuUs - from.cpuUs) / ((to.atMs - from.atMs) / 1000);
}
