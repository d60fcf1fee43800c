import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root } from "../../scripts/lib/root.ts";

export interface M3Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One `m3` command as an operator runs it, in a process of its own. */
export class M3Command {
  readonly #line: string;
  readonly #child: ChildProcess;
  readonly #outcome: Promise<M3Outcome>;
  readonly #printed = Promise.withResolvers<void>();

  constructor(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    this.#line = `m3 ${args.join(" ")}`;
    const child = spawn(process.execPath, [join(root, "packages/cli/src/main.js"), ...args], {
      ...{ cwd: root, env, stdio: ["ignore", "pipe", "pipe"] },
    });
    this.#child = child;
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      this.#printed.resolve();
    });
    this.#outcome = Promise.all([text(child.stderr), once(child, "close")]).then(([stderr]) => ({
      ...{ code: child.exitCode, stdout, stderr },
    }));
    this.#outcome.catch(() => {}).finally(() => this.#printed.resolve());
  }

  /** Resolves when it has ended by itself. */
  get outcome(): Promise<M3Outcome> {
    return this.#outcome;
  }

  /** Resolves when it has printed something, or has ended. */
  get printed(): Promise<void> {
    return this.#printed.promise;
  }

  /** What it prints. Rejects when it fails. */
  async succeed(): Promise<string> {
    const { code, stdout, stderr } = await this.#outcome;
    if (code === 0) return stdout;
    throw new Error(`${this.#line} ended with ${code}: ${stderr}`);
  }

  /** Ctrl-C. */
  async interrupt(): Promise<M3Outcome> {
    this.#child.kill("SIGINT");
    return this.#outcome;
  }
}
