import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../src/main.js", import.meta.url));

export interface CliOptions {
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs it as the foreground job of a terminal. */
  readonly terminal?: boolean;
}

/** Starts `m3` as a process that ends with the test at the latest. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const command = [process.execPath, main, ...args];
  return startProcess(command, options);
}

/** The same of any program. */
export function startProcess(command: readonly string[], { env, terminal }: CliOptions = {}): CliProcess {
  const quoted = command.map((word) => `'${word}'`).join(" ");
  const [program = "", ...args] = terminal
    ? ["script", "-q", "-e", "-f", "-c", `exec ${quoted}`, "/dev/null"]
    : command;
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const started = new CliProcess(child);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await started.exited;
  });
  return started;
}

/** A process and what it has printed. */
export class CliProcess {
  /** What it printed on both outputs so far. */
  output = "";
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        this.#check();
      });
    }
    this.exited = once(child, "close").then(([code, signal]) => {
      this.#ended = true;
      this.#check();
      return code ?? signal;
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Resolves with the first match in what it printed after `from`. Rejects when the process ends without one. */
  until(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const match = this.output.slice(from).match(pattern);
        if (match === null && !this.#ended) return;
        this.#waiting.delete(check);
        if (match === null) reject(new Error(`it ended without printing ${pattern}:\n${this.output}`));
        else resolve(match);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** The address of its gRPC port. */
  async grpcEndpoint(from = 0): Promise<string> {
    const [, endpoint = ""] = await this.until(/^ {2}http2 +(\S+:\d+)\s/m, from);
    return endpoint;
  }

  #check(): void {
    for (const check of [...this.#waiting]) check();
  }
}
