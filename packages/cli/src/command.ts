/** What a process ends with. */
export const ExitCode = {
  OK: 0,
  /** The app or the call failed. */
  FAILED: 1,
  /** The command line is wrong. */
  USAGE: 2,
} as const;

/** Takes text, as `process.stdout` does. */
export interface Output {
  write(text: string): unknown;
}

/** Where signals come from, as `process` is one. */
export interface SignalSource {
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  off(event: string, listener: (...args: readonly unknown[]) => void): unknown;
}

/** All that a command sees of its process: a test hands in its own. */
export interface CommandIo {
  /** What follows the command's name. */
  readonly argv: readonly string[];
  readonly stdout: Output;
  readonly stderr: Output;
  /** The environment; `-env` of `m3 run` adds to it. */
  readonly env: Record<string, string | undefined>;
  readonly signals: SignalSource;
  /** Standard input or output is a terminal. */
  readonly isTerminal: boolean;
}

/** What the file of a command exports. */
export interface Command {
  readonly help: string;
  /**
   * Runs it and resolves with the exit code. Rejects with UsageError for a wrong command line, and with what went wrong
   * otherwise.
   */
  execute(io: CommandIo): Promise<number>;
}

/** The command line is wrong: shown with a pointer to the command's help. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
