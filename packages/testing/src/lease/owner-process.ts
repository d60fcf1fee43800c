import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Received } from "../received.ts";

// Beside this file, as source or built.
const program = fileURLToPath(new URL(`./owner-program${extname(import.meta.url)}`, import.meta.url));

/** What the process owns, and by which lease plugin. */
export interface OwnerProcessOptions {
  /** URL of the module whose default export is the lease plugin. */
  readonly plugin: string;
  /** Its config section. */
  readonly config: Readonly<Record<string, string | number>>;
  /** Its app id. */
  readonly app: string;
  /** The id that it owns. */
  readonly id: string;
  /** Where it renews its session: on its main thread, or in one of its own. */
  readonly keepalive: "inline" | "thread";
  /** Beside those of this process. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that owns an id and says when it works on it. Disposing kills it. */
export class OwnerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines = new Received<string>();
  readonly #exited: Promise<unknown>;

  constructor({ plugin, config, app, id, keepalive, env }: OwnerProcessOptions) {
    this.#child = spawn(process.execPath, [program, app, plugin, JSON.stringify(config), id, keepalive], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#exited = once(this.#child, "exit");
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on("line", this.#lines.listener);
  }

  /** Resolves with the counter of its claim. */
  async acquired(): Promise<bigint> {
    const line = await this.#line("acquired");
    return BigInt(line.split(" ")[1] ?? 0);
  }

  /** Resolves when it has worked so many times more. */
  async works(times: number): Promise<void> {
    const wanted = this.workTimes().length + times;
    await this.#lines.until(() => this.workTimes().length >= wanted);
  }

  /** Resolves when it says so, for example "state lost". */
  async says(line: string): Promise<void> {
    await this.#line(line);
  }

  /** When it worked, on the machine's monotonic clock, in nanoseconds. */
  workTimes(): readonly bigint[] {
    return this.#lines.items.filter((line) => line.startsWith("worked")).map((line) => BigInt(line.split(" ")[1] ?? 0));
  }

  /** What its wall clock showed last, in milliseconds. */
  wallClock(): number {
    return Number(this.#lines.items.findLast((line) => /^(worked|idle) /.test(line))?.split(" ")[2]);
  }

  /** True when it has said so by now. */
  hasSaid(line: string): boolean {
    return this.#lines.items.includes(line);
  }

  /** Sends it a signal, such as SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async #line(start: string): Promise<string> {
    const isWanted = (line: string) => line.startsWith(start);
    await this.#lines.until((_last, lines) => lines.some(isWanted));
    return this.#lines.items.find(isWanted) ?? "";
  }
}
