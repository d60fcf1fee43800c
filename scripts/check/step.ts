import { runCommand } from "../lib/run-command.ts";

export interface StepResult {
  readonly ok: boolean;
  /** What was found; shown when the step failed. */
  readonly output: string;
  /** Said behind the step's name, also when it passed. */
  readonly note?: string;
}

export interface Step {
  readonly name: string;
  run(): Promise<StepResult>;
}

/** A step that passes when the program exits with 0. */
export function command(program: string, ...args: readonly string[]): () => Promise<StepResult> {
  return () => runCommand(program, args);
}

/** A step that passes when the check finds nothing. */
export function findings(check: () => readonly string[]): () => Promise<StepResult> {
  return async () => {
    const found = check();
    return { ok: found.length === 0, output: found.join("\n") };
  };
}

/** Runs all steps at once and prints each when it ends. Resolves with the exit code: 1 when one failed. */
export async function runSteps(steps: readonly Step[], print: (line: string) => void): Promise<0 | 1> {
  const outcomes = await Promise.all(
    steps.map(async ({ name, run }) => {
      const started = performance.now();
      const result = await run().catch((error: unknown): StepResult => ({ ok: false, output: describe(error) }));
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      print(
        `${result.ok ? "ok  " : "FAIL"} ${name} (${seconds} s)${result.note === undefined ? "" : `: ${result.note}`}`,
      );
      if (!result.ok) print(result.output.trimEnd().replaceAll(/^/gm, "     "));
      return result.ok;
    }),
  );
  const failed = outcomes.filter((ok) => !ok).length;
  print(failed === 0 ? `All ${steps.length} checks passed.` : `${failed} of ${steps.length} checks failed.`);
  return failed === 0 ? 0 : 1;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
