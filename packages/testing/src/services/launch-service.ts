import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServiceName, serviceDefinitions } from "./definitions.ts";
import { findProgram } from "./find-program.ts";
import { findFreePorts } from "./free-ports.ts";
import { type ServerProcessOptions, startServer } from "./server-process.ts";
import { findServicesDir } from "./services-dir.ts";

/** How a server of a test's own is started. */
export interface LaunchOptions {
  /** Arguments after the usual ones, such as credentials. @default none */
  readonly args?: readonly string[];
}

/** A server of a test's own, to break at will. Disposing ends it and removes its data. */
export interface LaunchedService extends AsyncDisposable {
  /** `host:port`, the same after each start. */
  readonly address: string;
  /** Where its data are: for tools that fill it while the server is stopped. */
  readonly dataDir: string;
  /** Ends the server with SIGTERM, or `signal`, and resolves when it is gone. Does nothing when it is not running. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Sends the server a signal, such as SIGSTOP and SIGCONT. Does nothing when it is not running. */
  signal(signal: NodeJS.Signals): void;
  /** Removes all its data: stop it before. */
  wipe(): Promise<void>;
  /** Starts it again on the same ports and data, resolves when it answers. Does nothing when it runs. */
  start(): Promise<void>;
}

/**
 * Starts a server on free loopback ports and resolves when it answers. Rejects when its program is not on this machine
 * (`npm run services -- up` brings it) or does not answer within 30 s.
 */
export async function launchService(name: ServiceName, options: LaunchOptions = {}): Promise<LaunchedService> {
  const definition = serviceDefinitions[name];
  const program = findProgram(definition.binary, findServicesDir());
  if (program === undefined) {
    throw new Error(`${definition.binary} is not on this machine: run "npm run services -- up ${name}" once`);
  }
  const dataDir = await mkdtemp(join(tmpdir(), `m3game-${name}-`));
  // A program without rights has to get through.
  await chmod(dataDir, 0o711);
  const service = new Server({
    definition,
    program,
    ports: await findFreePorts(definition.portCount),
    dataDir: join(dataDir, "data"),
    logFile: join(dataDir, "log"),
    args: options.args ?? [],
  });
  try {
    await service.start();
  } catch (error) {
    await service[Symbol.asyncDispose]();
    throw error;
  }
  return service;
}

class Server implements LaunchedService {
  readonly address: string;
  readonly dataDir: string;
  readonly #options: ServerProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
    this.address = `127.0.0.1:${options.ports[0]}`;
    this.dataDir = options.dataDir;
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    this.#child = await startServer(this.#options);
    process.once("exit", this.#killAtExit);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    process.off("exit", this.#killAtExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async wipe(): Promise<void> {
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    await rm(join(this.dataDir, ".."), { recursive: true, force: true });
  }

  // A test run that ends early must not leave servers behind.
  readonly #killAtExit = () => {
    this.#child?.kill("SIGKILL");
  };
}
