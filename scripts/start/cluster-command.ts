import { describeError, ExitCode, type HostedApps, hostApps } from "@m3game/cli";

/** A command that runs apps until it is told to stop, or tries them with `--smoke`. */
export interface ClusterCommand {
  /** What is printed when it is called in another way. */
  readonly usage: string;
  readonly start: (signal: AbortSignal) => Promise<HostedApps>;
  /** Resolves with true when all was well. */
  readonly smoke: () => Promise<boolean>;
}

/** Runs one command line and ends the process with its exit code. */
export async function runClusterCommand(command: ClusterCommand): Promise<never> {
  const { stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  process.exit(await execute(command, process.argv.slice(2)));
}

async function execute({ usage, start, smoke }: ClusterCommand, args: readonly string[]): Promise<number> {
  const { env, stdout, stderr, stdin } = process;
  const unknown = args.filter((arg) => arg !== "--smoke");
  if (unknown.length > 0) {
    stderr.write(`Unknown argument: ${unknown.join(" ")}.\n\n${usage}`);
    return ExitCode.USAGE;
  }
  try {
    if (args.length > 0) return (await smoke()) ? ExitCode.OK : ExitCode.FAILED;
    const isTerminal = stdin.isTTY || stdout.isTTY;
    return await hostApps(start, { stdout, stderr, signals: process, isTerminal });
  } catch (error) {
    stderr.write(`${describeError(error, Boolean(env.M3_DEBUG))}\n`);
    return ExitCode.FAILED;
  }
}
