import type { Row, Sample } from "./result.ts";
import { median } from "./stats.ts";
import type { Case, RunOptions } from "./suite.ts";

/** How one measurement went. */
export interface Progress {
  readonly round: number;
  readonly rounds: number;
  readonly case: Case;
  /** What it gave, or why it failed. */
  readonly outcome: Sample | Error;
}

/**
 * Measures all cases in turn, `rounds` times, every other round in reverse: a machine that slows down or is busy for a
 * while then touches all cases alike. Each row is the median of its rounds, number by number. A case that fails is not
 * tried again and has no row; the others go on.
 */
export async function runCases(
  cases: readonly Case[],
  rounds: number,
  options: RunOptions,
  onProgress: (progress: Progress) => void,
): Promise<readonly Row[]> {
  const samples = new Map<Case, Sample[]>(cases.map((each) => [each, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const each of round % 2 === 1 ? cases : cases.toReversed()) {
      const taken = samples.get(each);
      if (taken === undefined) continue;
      const outcome = await each.run(options).catch(toError);
      if (outcome instanceof Error) samples.delete(each);
      else taken.push(outcome);
      onProgress({ round, rounds, case: each, outcome });
    }
  }
  return [...samples].map(([{ name, params }, taken]) => ({ name, params, ...medianSample(taken) }));
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function medianSample(samples: readonly Sample[]): Sample {
  const of = (read: (sample: Sample) => number): number => median(samples.map(read));
  const rssMiB = samples.flatMap((sample) => sample.rssMiB ?? []);
  const names = new Set(samples.flatMap(({ more = {} }) => Object.keys(more)));
  return {
    opsPerSec: of((sample) => sample.opsPerSec),
    p50Ms: of((sample) => sample.p50Ms),
    p99Ms: of((sample) => sample.p99Ms),
    p999Ms: of((sample) => sample.p999Ms),
    cpuUsPerOp: of((sample) => sample.cpuUsPerOp),
    ...(rssMiB.length > 0 && { rssMiB: median(rssMiB) }),
    ...(names.size > 0 && { more: Object.fromEntries([...names].map((name) => [name, of(readMore(name))])) }),
  };
}

function readMore(name: string): (sample: Sample) => number {
  return ({ more }) => more?.[name] ?? Number.NaN;
}
