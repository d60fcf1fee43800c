import { isM3Error } from "m3game";
import { type Command, type CommandIo, ExitCode, UsageError } from "./command.ts";
import { describeError } from "./describe-error.ts";
import { readVersion } from "./read-version.ts";

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: () => import("./commands/run.ts"),
  dev: () => import("./commands/dev.ts"),
  call: () => import("./commands/call.ts"),
  health: () => import("./commands/health.ts"),
  plugins: () => import("./commands/plugins.ts"),
  new: () => import("./commands/new.ts"),
  bots: () => import("./commands/bots.ts"),
  apps: () => import("./commands/apps.ts"),
  actor: () => import("./commands/actor.ts"),
  leases: () => import("./commands/leases.ts"),
  sessions: () => import("./commands/sessions.ts"),
  route: () => import("./commands/route.ts"),
  trace: () => import("./commands/trace.ts"),
  canary: () => import("./commands/canary.ts"),
  backup: () => import("./commands/backup.ts"),
  restore: () => import("./commands/restore.ts"),
  help: () => import("./commands/help.ts"),
};

const helpFlags: readonly string[] = ["--help", "-h", "-help"];

/** Runs `m3` with the arguments `io.argv`, errors printed. Resolves with the exit code; never rejects. */
export async function runCommandLine(io: CommandIo): Promise<number> {
  const dashes = io.argv.indexOf("--");
  const own = dashes < 0 ? io.argv : io.argv.slice(0, dashes);
  const debug = own.includes("--debug") || Boolean(io.env.M3_DEBUG);
  const [name = "", ...argv] = io.argv.filter((argument, index) => argument !== "--debug" || index >= own.length);
  try {
    if (name === "--version" || name === "-v") {
      io.stdout.write(`${await readVersion()}\n`);
      return ExitCode.OK;
    }
    if (name === "") {
      io.stderr.write((await import("./commands/help.ts")).help);
      return ExitCode.USAGE;
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : helpFlags.includes(name) ? commands.help : undefined;
    if (load === undefined)
      throw new UsageError(`unknown command ${name}; there are ${Object.keys(commands).join(", ")}`);
    const command = await load();
    if (own.slice(1).some((argument) => helpFlags.includes(argument))) {
      io.stdout.write(command.help);
      return ExitCode.OK;
    }
    return await command.execute({ ...io, argv });
  } catch (error) {
    io.stderr.write(`m3: ${describeError(error, debug)}\n`);
    if (error instanceof UsageError) {
      io.stderr.write(`See: m3 help${Object.hasOwn(commands, name) ? ` ${name}` : ""}\n`);
      return ExitCode.USAGE;
    }
    if (!debug && !isM3Error(error)) io.stderr.write("M3_DEBUG=1 shows where it comes from.\n");
    return ExitCode.FAILED;
  }
}
