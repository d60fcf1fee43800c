import { parseArgs } from "node:util";

export interface ChaosOptions {
  /** The seed of the first run; each next run has the next one. */
  readonly seed: number;
  readonly runs: number;
  /** Where logs and databases of failed runs are kept. */
  readonly keep: string | undefined;
}

export const usage = "npm run chaos -- [--seed N] [--runs R] [--keep DIRECTORY]";

/** Throws an Error that says how to write it. */
export function parseOptions(args: readonly string[], randomSeed: number): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: "string" }, runs: { type: "string" }, keep: { type: "string" } },
  });
  return {
    seed: wholeNumber("--seed", values.seed, randomSeed),
    runs: wholeNumber("--runs", values.runs, 1),
    keep: values.keep,
  };
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${name} takes a whole number, not "${text}"; ${usage}`);
}
