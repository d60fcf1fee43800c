import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Received } from "@m3game/testing";

/** An app in a process of its own that takes calls and answers none. Disposing kills it. */
export class PeerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines = new Received<string>();
  readonly #exited: Promise<unknown>;

  private constructor(url: string, app: string) {
    const program = join(import.meta.dirname, "peer-program.ts");
    this.#child = spawn(process.execPath, [program, url, app], { stdio: ["ignore", "pipe", "inherit"] });
    this.#exited = once(this.#child, "exit");
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on("line", this.#lines.listener);
  }

  /** Resolves when it listens. */
  static async start(url: string, app: string): Promise<PeerProcess> {
    const peer = new PeerProcess(url, app);
    await peer.says("listening");
    return peer;
  }

  /** Resolves when it has said so, as often as asked. */
  async says(line: string, times = 1): Promise<void> {
    await this.#lines.until((_last, lines) => this.count(line, lines) >= times);
  }

  count(line: string, lines: readonly string[] = this.#lines.items): number {
    return lines.filter((each) => each === line).length;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
