import { parseArgs } from "node:util";

export interface BenchOptions {
  readonly suite: string;
  /** File that gets the result as JSON. */
  readonly json: string | undefined;
  /** Parts of case names, `trans_tcp` or `trans_tcp@256`; empty: all cases. */
  readonly filter: readonly string[];
  /** How long each case is measured, after its warm-up. */
  readonly seconds: number;
  /** How often the whole list is gone through. */
  readonly rounds: number;
}

/** Parses the command line. Throws with one clear line when it is wrong. */
export function parseOptions(argv: readonly string[], suites: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: "string" },
      filter: { type: "string", default: "" },
      seconds: { type: "string", default: "3" },
      rounds: { type: "string", default: "3" },
    },
  });
  const [suite = "", ...rest] = positionals;
  if (!suites.includes(suite) || rest.length > 0) {
    throw new Error(`name one suite: ${suites.join(", ")} (found: ${positionals.join(" ") || "nothing"})`);
  }
  return {
    suite,
    json: values.json,
    filter: values.filter.split(",").filter((part) => part !== ""),
    seconds: positive("seconds", values.seconds),
    rounds: Math.ceil(positive("rounds", values.rounds)),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > 3600) throw new Error(`--${name} is "${text}": give a number above 0, at most 3600`);
  return value;
}
