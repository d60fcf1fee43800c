import { parseArgs } from "node:util";

export interface CommandOptions {
  readonly drill: string;
  readonly players: number;
  readonly rounds: number;
  readonly outageMs: number;
  /** Where the summary is written as JSON. */
  readonly json: string | undefined;
  /** Where what the apps print is written. */
  readonly log: string | undefined;
  /** Where its picture is written, of a drill that has one. */
  readonly chart: string | undefined;
}

/** Throws an Error that says how to write it. */
export function parseOptions(args: readonly string[], drills: readonly string[]): CommandOptions {
  const usage = `npm run drill -- ${drills.join("|")} [--players N] [--rounds N] [--outage SECONDS] [--json FILE] [--log FILE] [--chart FILE]`;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      players: { type: "string", default: "24" },
      rounds: { type: "string", default: "1" },
      outage: { type: "string", default: "60" },
      json: { type: "string" },
      log: { type: "string" },
      chart: { type: "string" },
    },
  });
  const [drill = "", ...more] = positionals;
  if (!drills.includes(drill) || more.length > 0) throw new Error(`which drill? ${usage}`);
  const players = wholeNumber("--players", values.players);
  if (players === 0) throw new Error(`--players takes at least 1; ${usage}`);
  return {
    drill,
    players,
    rounds: wholeNumber("--rounds", values.rounds),
    outageMs: wholeNumber("--outage", values.outage) * 1000,
    json: values.json,
    log: values.log,
    chart: values.chart,
  };
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new Error(`${name} takes a whole number up to 9999, not "${text}"`);
}
