import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, extname, join, resolve } from "node:path";
import { reasonError } from "m3game/internal";
import { ExitCode } from "../command.ts";
import type { SupervisedProcess } from "./supervise-cluster.ts";

/** Vite in a process of its own, which serves the page in a folder. It ends by itself when this process ends. */
export class PageServer implements SupervisedProcess {
  /** Resolves with the exit code, OK when a signal ended it. */
  readonly exited: Promise<number>;
  readonly #child: ChildProcess;

  /** Throws CONFIG_INVALID when Vite is not installed where the folder is. */
  constructor(folder: string, env: Readonly<Record<string, string | undefined>>) {
    // Run from source or as built.
    const leash = new URL(`end-with-parent${extname(import.meta.filename)}`, import.meta.url);
    const args = [folder, "--clearScreen", "false"];
    this.#child = fork(viteProgram(resolve(folder)), args, {
      env,
      stdio: "inherit",
      execArgv: ["--import", leash.href],
    });
    this.exited = once(this.#child, "exit").then(
      ([code, signal]) => (typeof code === "number" ? code : signal === null ? ExitCode.FAILED : ExitCode.OK),
      () => ExitCode.FAILED,
    );
  }

  /** Sends a signal. Nothing happens when the process has ended. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

function viteProgram(folder: string): string {
  const require = createRequire(join(folder, "page.js"));
  try {
    const manifest = require.resolve("vite/package.json");
    const { bin }: { readonly bin: { readonly vite: string } } = require(manifest);
    return join(dirname(manifest), bin.vite);
  } catch (error) {
    const problem = `${folder} is served by Vite, which is not installed there: npm install -D vite`;
    throw reasonError("CONFIG_INVALID", problem, { cause: error });
  }
}
