import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acknowledgedTurns, servicesOf } from "../check/acknowledged.ts";
import { checkHistory } from "../check/check-history.ts";
import { monotonicMs } from "../monotonic.ts";
import { describeFault, makePlan, type Plan } from "../plan.ts";
import { runPlan } from "./run-plan.ts";

export interface RunResult {
  readonly plan: Plan;
  /** Empty: the run passed. */
  readonly problems: readonly string[];
  /** What was done, in one line. */
  readonly summary: string;
}

/** One run with the faults of a seed. `keep`: where the logs, the database and the history of a failed one are put. */
export async function runSeed(seed: number, keep: string | undefined): Promise<RunResult> {
  const began = monotonicMs();
  const plan = makePlan(seed);
  const directory = await mkdtemp(join(tmpdir(), "m3game-chaos-"));
  try {
    const { problems, counts } = await runAndCheck(plan, directory);
    const faults = plan.faults.map(({ kind }) => kind).join(", ");
    const seconds = ((monotonicMs() - began) / 1000).toFixed(1);
    if (problems.length > 0 && keep !== undefined) await cp(directory, join(keep, `seed-${seed}`), { recursive: true });
    return { plan, problems, summary: `${counts}; ${faults}; ${seconds} s` };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runAndCheck(plan: Plan, directory: string) {
  try {
    const history = await runPlan(plan, directory);
    await writeFile(join(directory, "history.json"), JSON.stringify(history));
    const { calls, states, writes } = history;
    const answered = calls.filter(({ answer }) => answer !== undefined).length;
    const owners = servicesOf(acknowledgedTurns(calls, states)).length;
    const counts = `${answered} of ${calls.length} calls answered by ${owners} activations, ${writes.length} writes`;
    return { problems: checkHistory(history), counts };
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)], counts: "not finished" };
  }
}

/** A failed run with all there is to know of it. */
export function describeFailure({ plan, problems }: RunResult): string {
  const clocks = plan.hasUnsteadyClock.flatMap((is, index) => (is ? [`counter.${index + 1}`] : []));
  return [
    ...problems.slice(0, 20).map((problem) => `    ${problem}`),
    ...(problems.length > 20 ? [`    and ${problems.length - 20} more`] : []),
    "  faults:",
    ...plan.faults.map((fault) => `    ${describeFault(fault)}`),
    ...(clocks.length > 0 ? [`    wall clocks that jump: ${clocks.join(", ")}`] : []),
    `  again: npm run chaos -- --seed ${plan.seed} --runs 1 --keep DIRECTORY`,
  ].join("\n");
}
