import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./root.ts";

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** What the command wrote to both, in the order in which it came. */
  readonly output: string;
}

export interface CommandOptions {
  /** @default the root of the checkout */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program, those of node_modules/.bin first. Resolves whatever its exit code, also when it can't be started. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const path = [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env, PATH: path },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ ok: false, stdout, output: `${command}: ${error.message}\n` }));
    child.on("close", (code) => resolve({ ok: code === 0, stdout, output }));
  });
}
