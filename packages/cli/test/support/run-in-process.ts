import { EventEmitter } from "node:events";
import { runCommandLine } from "../../src/command-line.ts";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// The log of an app goes to the standard output of this very process.
const silent = { M3__Plugin__Log__log_pino__LogLevel: "FATAL" };

/** Runs `m3` in this process and resolves when it ended. `env` is its environment. */
export async function runM3(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine({
    argv,
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    env: { ...silent, ...env },
    signals: new EventEmitter(),
    isTerminal: false,
  });
  return { code, stdout: out.join(""), stderr: err.join("") };
}
