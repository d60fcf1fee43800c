import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** One app in a process of its own. Disposing stops it in order, unless it was killed. */
export class WorkProcess implements AsyncDisposable {
  readonly id: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(id: string, child: ChildProcess) {
    this.id = id;
    this.#child = child;
    this.#exited = once(child, "exit");
  }

  /** Starts an app; resolves when it takes calls. Rejects when it ends before. */
  static async start(id: string, args: readonly string[]): Promise<WorkProcess> {
    const child = fork(fileURLToPath(new URL("work-app.ts", import.meta.url)), [id, ...args], { execArgv: [] });
    const started = new WorkProcess(id, child);
    const ended = started.#exited.then(() => Promise.reject(new Error(`${id} ended before it was ready`)));
    await Promise.race([once(child, "message"), ended]);
    // From here on its end is expected.
    ended.catch(() => {});
    return started;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
