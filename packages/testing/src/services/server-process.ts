import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ServiceDefinition } from "./definitions.ts";
import type { Program } from "./find-program.ts";
import { commandFor, mustDropRights, nobody } from "./rights.ts";

/** Which server is started, and where. */
export interface ServerProcessOptions {
  readonly definition: ServiceDefinition;
  readonly program: Program;
  readonly ports: readonly number[];
  readonly dataDir: string;
  /** What the server prints is appended here. */
  readonly logFile: string;
  /** Arguments after those of the definition. @default none */
  readonly args?: readonly string[];
  /** Outlives this process. @default false */
  readonly detached?: boolean;
  /** How long it may take until it answers, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
}

/** Starts the server and resolves when it answers. Rejects, with nothing left running, when it ends or stays silent. */
export async function startServer(options: ServerProcessOptions): Promise<ChildProcess> {
  mkdirSync(options.dataDir, { recursive: true });
  if (mustDropRights(options.definition)) chownSync(options.dataDir, nobody, nobody);
  await options.definition.initialize?.(options.program, options.dataDir);
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, "a");
  const [command = "", ...prefix] = commandFor(options.definition, options.program.path);
  const child = spawn(
    command,
    [...prefix, ...options.definition.args(options.ports, options.dataDir), ...(options.args ?? [])],
    {
      cwd: options.dataDir,
      detached: options.detached ?? false,
      env: { ...process.env, ...options.program.env },
      stdio: ["ignore", log, log],
    },
  );
  closeSync(log);
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  const timeoutMs = options.timeoutMs ?? 30_000;
  const limit = AbortSignal.timeout(timeoutMs);
  while (failure === undefined && isRunning(child) && !limit.aborted) {
    const answered = await answers(options.definition, `127.0.0.1:${options.ports[0]}`, limit);
    // Asked again: a server that found its port taken ends while the other owner answers.
    if (answered && isRunning(child)) return child;
    await delay(50);
  }
  child.kill("SIGKILL");
  const why = failure?.message ?? (limit.aborted ? `no answer for ${timeoutMs} ms` : "it ended");
  throw new Error(`${options.definition.binary} did not start: ${why}. ${lastLines(options.logFile)}`);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function answers(definition: ServiceDefinition, address: string, signal: AbortSignal): Promise<boolean> {
  try {
    await definition.probe(address, signal);
    return true;
  } catch {
    return false;
  }
}

function lastLines(logFile: string): string {
  const text = readFileSync(logFile, "utf8").trimEnd();
  return `Its output ends with:\n${text.split("\n").slice(-5).join("\n")}`;
}
