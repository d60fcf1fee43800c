import type { Params, Row, Sample, Target } from "./result.ts";
import type { Services } from "./subject.ts";

/** One thing to measure. */
export interface Case {
  readonly name: string;
  readonly params: Params;
  /** Measures once, in fresh processes. */
  run(options: RunOptions): Promise<Sample>;
}

export interface RunOptions {
  readonly measureMs: number;
  readonly services: Services;
}

/** A named set of cases. Its module exports it as `suite`. */
export interface Suite {
  readonly name: string;
  /** Said under the table: what the numbers leave out. */
  readonly note: string;
  /** All cases that can run, given the servers that are there. */
  cases(services: Services): readonly Case[];
  /** Called once before the first case of those that the filter left. */
  prepare?(cases: readonly Case[], services: Services): Promise<void>;
  /** Only of rows that were measured. */
  ratios(rows: readonly Row[]): Record<string, number>;
  /** Only of rows that were measured. */
  targets(rows: readonly Row[]): readonly Target[];
}

/** How a case is named to the reader and to `--filter`: `trans_tcp@256`. */
export function caseLabel({ name, params }: Pick<Case, "name" | "params">): string {
  const values = Object.values(params);
  return values.length === 0 ? name : `${name}@${values.join(",")}`;
}
