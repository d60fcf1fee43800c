import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** A command that runs in a terminal of its own. Disposing kills whatever is left of it. */
export interface Terminal extends AsyncDisposable {
  /** What it has printed, without colours. */
  readonly output: string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Types keys: `\x03` is Ctrl-C. */
  write(keys: string): void;
}

/** Starts a single command as the foreground job of a terminal. */
export function startInTerminal(command: string, folder: string, env: Readonly<Record<string, string>> = {}): Terminal {
  const path = [`${folder}/node_modules/.bin`, process.env.PATH].join(delimiter);
  // `exec`: a shell that waited would end by Ctrl-C itself, whatever the command makes of it.
  const child = spawn("script", ["-q", "-e", "-f", "-c", `exec ${command}`, "/dev/null"], {
    cwd: folder,
    env: { ...process.env, PATH: path, SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const exited = once(child, "close").then(([code, signal]) => code ?? signal);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += stripVTControlCharacters(text).replaceAll("\r\n", "\n");
    });
  }
  return {
    get output() {
      return output;
    },
    exited,
    write: (keys) => void child.stdin.write(keys),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, 9);
      await exited;
    },
  };
}
