import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ExitCode } from "../command.ts";
import { stopSignals } from "./stop-signals.ts";

/** A process of this command that runs a cluster. It stops by itself when this process ends. */
export class ClusterProcess {
  /** Resolves with the exit code: OK also when one more request to stop ended it, since that may find it exiting. */
  readonly exited: Promise<number>;
  readonly #child: ChildProcess;

  constructor(argv: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    // The same from source and as built.
    const main = fileURLToPath(new URL("../main.js", import.meta.url));
    this.#child = fork(main, argv, { env, stdio: "inherit" });
    this.exited = once(this.#child, "exit").then(
      ([code, signal]) =>
        typeof code === "number" ? code : stopSignals.includes(signal) ? ExitCode.OK : ExitCode.FAILED,
      () => ExitCode.FAILED,
    );
  }

  /** Sends a signal. Nothing happens when the process has ended. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
