import type { Machine } from "./machine.ts";

/** What one measurement gave. */
export interface Sample {
  readonly opsPerSec: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** CPU time, user and system, of all measured processes per operation, in microseconds. */
  readonly cpuUsPerOp: number;
  /** Resident memory of the measured process, in MiB; only where a suite looks at it. */
  readonly rssMiB?: number;
  /** What else a suite looks at, by the name and unit that the table shows: `{ "bytes/actor": 812 }`. */
  readonly more?: Readonly<Record<string, number>>;
}

export type Params = Readonly<Record<string, string | number>>;

/** One line of the table: the median of all rounds of one case. */
export interface Row extends Sample {
  readonly name: string;
  readonly params: Params;
}

/** What every suite prints and writes. */
export interface Result {
  readonly suite: string;
  readonly machine: Machine;
  readonly rows: readonly Row[];
  /** `<a>/<b>@<n>`; throughput unless the key says otherwise, as in `p50:<a>/<b>@<n>`. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** A promise of the project and whether this run kept it. */
export interface Target {
  readonly text: string;
  /** What was measured, for the reader. */
  readonly measured: string;
  readonly met: boolean;
}
