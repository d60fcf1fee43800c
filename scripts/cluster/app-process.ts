import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Output } from "@m3game/cli";
import type { DemoProcess } from "@m3game/demo/processes";
import { root } from "../lib/root.ts";

const cli = join(root, "packages/cli/src/main.js");
// Longer than a drain takes.
const stopMs = 20_000;
const pauseMs = 1000;

/**
 * An app in a process of its own, by `m3 run`. One that ends by itself is started again after a second: kill one, and see what
 * the others do.
 */
export class AppProcess {
  readonly id: string;
  readonly #process: DemoProcess;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #stdout: Output;
  #child: ChildProcess;
  #isStopping = false;
  /** Told when it is ready once more. */
  #onBack: (() => void) | undefined;
  #endpoints = new Map<string, string>();

  /** Resolves when the app is ready. Rejects when it ends before that. */
  static async start(
    process: DemoProcess,
    env: Readonly<Record<string, string | undefined>>,
    stdout: Output,
  ): Promise<AppProcess> {
    const started = new AppProcess(process, env, stdout);
    await started.#ready(started.#child);
    started.#superviseLater();
    return started;
  }

  private constructor(process: DemoProcess, env: Readonly<Record<string, string | undefined>>, stdout: Output) {
    this.id = process.id;
    this.#process = process;
    this.#env = env;
    this.#stdout = stdout;
    this.#child = this.#fork();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Where it listens, `host:port`, by the scheme that it said it by: `ws`, `http2`. */
  endpoint(scheme: string): string | undefined {
    return this.#endpoints.get(scheme);
  }

  /**
   * Has it finish its calls and end; one that takes too long is killed. Resolves with its exit code, 0 when all is in order, or the
   * signal that ended it. Idempotent.
   */
  async stop(): Promise<number | string> {
    const child = this.#child;
    const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
    const end = await this.#end("SIGTERM");
    clearTimeout(timer);
    return end;
  }

  /** Ends it without warning; it stays away until `start`. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends it without warning, as if it had died by itself. Resolves when it was started again for that and is ready. */
  async crash(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onBack = resolve;
    this.#child.kill("SIGKILL");
    await promise;
  }

  /** Starts it again after `stop` or `kill`. Resolves when it is ready; rejects when it ends before that. */
  async start(): Promise<void> {
    this.#isStopping = false;
    this.#child = this.#fork();
    await this.#ready(this.#child);
    this.#superviseLater();
  }

  async #end(signal: NodeJS.Signals): Promise<number | string> {
    this.#isStopping = true;
    const child = this.#child;
    if (!hasEnded(child)) {
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    }
    return child.exitCode ?? child.signalCode ?? "";
  }

  #fork(): ChildProcess {
    const { func, id, file = `demo/${func}app/app.ts`, config = `demo/config/${func}app.toml` } = this.#process;
    return fork(cli, ["run", resolve(root, file), "-idstr", id, "-conf", resolve(root, config)], {
      cwd: root,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Ctrl-C in the terminal is for this process alone: it decides in which order they end.
      detached: true,
    });
  }

  /** What it prints is passed on once it is ready; after that line it first tells where it listens and what to try. */
  async #ready(child: ChildProcess): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const early: string[] = [];
    let isReady = false;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on("line", (line) => {
        const [, scheme, endpoint] = /^ {2}(\w+) +(\S+:\d+)$/.exec(line) ?? [];
        if (scheme !== undefined && endpoint !== undefined) this.#endpoints.set(scheme, endpoint);
        else if (/^ {2}try /.test(line)) resolve();
        else if (isReady) this.#print(line);
        else early.push(line);
        isReady ||= line === `${this.id} is ready`;
      });
    }
    child.once("exit", () => reject(new Error(`${this.id} did not start:\n${early.join("\n")}`)));
    await promise;
  }

  #superviseLater(): void {
    this.#child.once("exit", async (code, signal) => {
      if (this.#isStopping) return;
      this.#print(`ended by itself, ${signal ?? `code ${code}`}; it is started again`);
      await delay(pauseMs);
      if (this.#isStopping) return;
      this.#child = this.#fork();
      // One that can't start ends, and is started again.
      this.#superviseLater();
      try {
        await this.#ready(this.#child);
        this.#print("is back");
        this.#onBack?.();
      } catch (error) {
        this.#print(error instanceof Error ? error.message : String(error));
      }
    });
  }

  #print(line: string): void {
    // Its answer to being stopped.
    if (this.#isStopping && line.startsWith("SIGTERM: ")) return;
    this.#stdout.write(`[${this.id}] ${line}\n`);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
