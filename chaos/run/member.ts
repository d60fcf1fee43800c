import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ChildMessage, childMessage, type ParentMessage } from "../cluster/messages.ts";
import { monotonicMs } from "../monotonic.ts";

export interface MemberOptions {
  /** App id. */
  readonly id: string;
  readonly kind: "app" | "driver";
  readonly config: string;
  /** Takes what the process prints. */
  readonly logFile: string;
  readonly hasUnsteadyClock: boolean;
}

interface MemberEvents {
  message: [ChildMessage];
  /** The process is gone; `problem` when nobody wanted that. */
  gone: [problem: string | undefined];
}

/** A time on the monotonic clock in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A process of the cluster, started again after it was ended. Disposing kills it. */
export class Member extends EventEmitter<MemberEvents> implements AsyncDisposable {
  readonly id: string;
  /** When it was paused. */
  readonly pauses: Span[] = [];
  readonly #options: MemberOptions;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #pausedAt: number | undefined;
  #isEnding = false;

  constructor(options: MemberOptions) {
    super();
    this.id = options.id;
    this.#options = options;
    this.#log = createWriteStream(options.logFile, { flags: "a" });
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  start(): void {
    const { id, kind, config, hasUnsteadyClock } = this.#options;
    const clock = fileURLToPath(new URL("../cluster/unsteady-clock.ts", import.meta.url));
    const child = fork(fileURLToPath(new URL(`../cluster/${kind}-main.ts`, import.meta.url)), [id, config], {
      execArgv: hasUnsteadyClock ? ["--import", clock] : [],
      // A busy machine takes long enough to start it as it is.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "m3game-chaos-cache") },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.#isEnding = false;
    process.once("exit", this.#killAtExit);
    child.stdout?.pipe(this.#log, { end: false });
    child.stderr?.pipe(this.#log, { end: false });
    child.on("error", () => {});
    child.on("message", (message) => {
      if (this.#child === child) this.emit("message", childMessage.parse(message));
    });
    child.once("exit", (code, signal) => {
      this.#child = undefined;
      process.off("exit", this.#killAtExit);
      this.#endPause();
      const isWanted = this.#isEnding && (code === 0 || signal === "SIGKILL");
      this.emit("gone", isWanted ? undefined : `${id} ended with ${signal ?? `exit code ${code}`}`);
    });
  }

  tell(message: ParentMessage): void {
    // A process that is just ending takes none.
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  pause(): void {
    if (this.#child === undefined || this.#pausedAt !== undefined) return;
    this.#pausedAt = monotonicMs();
    this.#child.kill("SIGSTOP");
  }

  unpause(): void {
    this.#child?.kill("SIGCONT");
    this.#endPause();
  }

  /** Resolves when it is gone. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#isEnding = true;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
    await new Promise<void>((resolve) => this.#log.end(resolve));
  }

  // A paused process would stay for ever.
  readonly #killAtExit = () => {
    this.#child?.kill("SIGKILL");
  };

  #endPause(): void {
    if (this.#pausedAt === undefined) return;
    this.pauses.push({ from: this.#pausedAt, to: monotonicMs() });
    this.#pausedAt = undefined;
  }
}
