import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A process of the benchmark, spoken to by messages. Disposing ends it and waits for that. */
export class Worker<Request extends object, Reply extends { readonly kind: string }> implements AsyncDisposable {
  readonly #file: URL;
  readonly #child: ChildProcess;
  readonly #stderr: string[] = [];
  /** How it ended. */
  #end: string | undefined;

  constructor(file: URL, args: readonly string[] = []) {
    this.#file = file;
    this.#child = fork(file, args, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#stderr.push(text));
    this.#child.once("close", (code, signal) => {
      this.#end = `ended (${signal ?? `exit code ${code}`})`;
    });
  }

  send(request: Request): void {
    // A failure shows up as the exit that `receive` reports.
    this.#child.send(request, () => {});
  }

  /** The next reply of one kind. Rejects when the process ends first, or has ended, and after `timeoutMs`. */
  receive<K extends Reply["kind"]>(kind: K, timeoutMs: number): Promise<Extract<Reply, { readonly kind: K }>> {
    const reply = this.#receive(kind, timeoutMs);
    // Who expects several replies awaits one after the other: that a later one fails, too, must not end the benchmark.
    reply.catch(() => {});
    return reply;
  }

  async #receive<K extends Reply["kind"]>(kind: K, timeoutMs: number): Promise<Extract<Reply, { readonly kind: K }>> {
    if (this.#end !== undefined) throw this.#failure(`${this.#end} before it sent "${kind}"`);
    return new Promise((resolve, reject) => {
      const isWanted = (reply: Reply): reply is Extract<Reply, { readonly kind: K }> => reply.kind === kind;
      const onMessage = (reply: Reply): void => {
        if (isWanted(reply)) settle(() => resolve(reply));
      };
      const onClose = (): void => {
        settle(() => reject(this.#failure(`${this.#end} before it sent "${kind}"`)));
      };
      const timer = setTimeout(() => {
        settle(() => reject(this.#failure(`sent no "${kind}" within ${timeoutMs / 1000} s`)));
      }, timeoutMs);
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        this.#child.off("message", onMessage).off("close", onClose);
        action();
      };
      this.#child.on("message", onMessage).on("close", onClose);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #failure(what: string): Error {
    const name = this.#file.pathname.split("/").at(-1);
    return new Error([`${name} ${what}`, ...this.#stderr].join("\n").trimEnd());
  }
}
